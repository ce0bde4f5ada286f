/// The elements of an array as PostgreSQL prints it: `{a,"b,c",NULL}`; nil for NULL. One dimension.
/// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
func elements(ofArray text: String) -> [String?] {
    var elements: [String?] = []
    var current: [UInt8] = []
    var isQuoted = false
    var wasQuoted = false
    var isEscaped = false
    func take() {
        let element = String(decoding: current, as: UTF8.self)
        elements.append(element == "NULL" && !wasQuoted ? nil : element)
        current = []
        wasQuoted = false
    }
    let bytes = text.utf8.dropFirst().dropLast()
    if bytes.isEmpty { return [] }
    for byte in bytes {
        switch byte {
        case _ where isEscaped:
            current.append(byte)
            isEscaped = false
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "\""):
            isQuoted.toggle()
            wasQuoted = true
        case UInt8(ascii: ",") where !isQuoted: take()
        default: current.append(byte)
        }
    }
    take()
    return elements
}

/// `reloptions`: `{fillfactor=70,"x=a b"}`.
func storageOptions(ofArray text: String?) -> [String: String] {
    guard let text else { return [:] }
    var options: [String: String] = [:]
    for case let element? in elements(ofArray: text) {
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
