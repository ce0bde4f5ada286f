/// Which of the known names a mistyped one was meant to be.
package enum NearName {
    /// The nearest; nil where none is near: more than two letters, or a third of them, are others.
    package static func nearest(to wanted: String, among names: [String]) -> String? {
        let scored = names.map { ($0, distance(Array(wanted.utf8), Array($0.utf8))) }
        guard let best = scored.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }), best.1 <= max(2, wanted.utf8.count / 3) else {
            return nil
        }
        return best.0
    }

    /// Insertions, deletions and substitutions between two names (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
