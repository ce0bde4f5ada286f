import PostgresClient

/// `reloptions`: `{fillfactor=70,"x=a b"}`.
func storageOptions(ofArray text: String?) -> [String: String] {
    guard let text else { return [:] }
    var options: [String: String] = [:]
    for case let element? in TextArray.elements(of: text) ?? [] {
        let parts = element.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        options[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
    }
    return options
}

/// The numbers of an `int2vector` or `oidvector` (`1 2 0`), or of an array of numbers (`{1,2}`); none is
/// negative here: OIDs, flags, and numbers of user columns.
func numbers(of text: String) -> [Int64] {
    var numbers: [Int64] = []
    var current: Int64?
    for byte in text.utf8 {
        if byte >= 0x30, byte <= 0x39 {
            current = (current ?? 0) &* 10 &+ Int64(byte &- 0x30)
        } else if let number = current {
            numbers.append(number)
            current = nil
        }
    }
    if let current { numbers.append(current) }
    return numbers
}
