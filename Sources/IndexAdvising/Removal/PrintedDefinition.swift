/// A `CREATE INDEX` as `pg_get_indexdef` prints it, cut at the places where it has to be changed to be run again.
package struct PrintedDefinition {
    private let head: Substring
    private let name: Substring
    /// From `ON` on, `ONLY` left out.
    private let tail: Substring
    private let isPartitioned: Bool

    package init?(_ text: String) {
        guard let head = ["CREATE UNIQUE INDEX ", "CREATE INDEX "].first(where: text.hasPrefix) else { return nil }
        self.head = text.prefix(head.count)
        let rest = text.dropFirst(head.count)
        guard let end = Self.endOfIdentifier(rest) else { return nil }
        name = rest[..<end]
        let after = rest[end...]
        guard after.hasPrefix(" ON ") else { return nil }
        isPartitioned = after.hasPrefix(" ON ONLY ")
        tail = after.dropFirst(isPartitioned ? " ON ONLY ".count : " ON ".count)
    }

    /// CONCURRENTLY where that is possible; a partitioned table's index is made on all partitions.
    package var remade: String { head + (isPartitioned ? "" : "CONCURRENTLY ") + name + " ON " + tail + ";" }

    private static func endOfIdentifier(_ text: Substring) -> Substring.Index? {
        guard text.first == "\"" else { return text.firstIndex(of: " ") }
        var position = text.index(after: text.startIndex)
        while position < text.endIndex {
            let next = text.index(after: position)
            if text[position] == "\"" {
                guard next < text.endIndex, text[next] == "\"" else { return next }
                position = text.index(after: next)
            } else {
                position = next
            }
        }
        return nil
    }
}
