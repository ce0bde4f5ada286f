/// A property of the text format, in the words of the JSON format: one line may hold several.
enum PropertyLine {
    static func pairs(_ key: String, _ value: Substring, type: String) -> [(String, String)] {
        switch key {
        case "Buffers": return buffers(value)
        case "Heap Blocks":
            return value.split(separator: " ").compactMap { part in
                let sides = part.split(separator: "=")
                guard sides.count == 2 else { return nil }
                return (sides[0] == "lossy" ? "Lossy Heap Blocks" : "Exact Heap Blocks", String(sides[1]))
            }
        case "Sort Method": return sort(value)
        case "Buckets", "Batches", "Planned Partitions", "Hits": return counts("\(key): \(value)", type)
        default: return [(key, String(value))]
        }
    }

    /// `shared hit=484 read=3, temp read=1 written=1`
    private static func buffers(_ value: Substring) -> [(String, String)] {
        // A line without any is not printed; the zero makes those that stand here known.
        var pairs = [("Shared Hit Blocks", "0")]
        var kind: Substring = ""
        for part in value.utf8.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }) {
            if let equals = part.firstIndex(of: UInt8(ascii: "=")) {
                let count = String(Substring(part[part.index(after: equals)...]))
                pairs.append(("\(word(kind)) \(word(Substring(part[..<equals]))) Blocks", count))
            } else {
                kind = Substring(part)
            }
        }
        return pairs
    }

    private static func word(_ text: Substring) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// `external merge  Disk: 2048kB`
    private static func sort(_ value: Substring) -> [(String, String)] {
        let parts = value.split(separator: "  ")
        var pairs = [("Sort Method", parts.first.map(String.init) ?? "")]
        if parts.count > 1, let colon = parts[1].firstRange(ofBytes: ": ") {
            pairs.append(("Sort Space Type", String(parts[1][..<colon.lowerBound])))
            pairs.append(("Sort Space Used", digits(parts[1][colon.upperBound...])))
        }
        return pairs
    }

    /// `Buckets: 8192 (originally 4096)  Batches: 1 (originally 1)  Memory Usage: 275kB`, and alike of HashAggregate and Memoize.
    private static func counts(_ line: String, _ type: String) -> [(String, String)] {
        line.split(separator: "  ").compactMap { part in
            guard let colon = part.firstRange(ofBytes: ": ") else { return nil }
            let value = digits(part[colon.upperBound...])
            switch part[..<colon.lowerBound] {
            case "Batches": return (type == "Hash" ? "Hash Batches" : "HashAgg Batches", value)
            case "Memory Usage": return ("Peak Memory Usage", value)
            case "Disk Usage": return ("Disk Usage", value)
            case "Hits": return ("Cache Hits", value)
            case "Misses": return ("Cache Misses", value)
            case "Evictions": return ("Cache Evictions", value)
            default: return nil
            }
        }
    }

    private static func digits(_ text: Substring) -> String { String(text.prefix { $0.isNumber }) }
}
