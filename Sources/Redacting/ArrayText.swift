/// Arrays as PostgreSQL prints them: `{a,"b c",NULL}`, also nested ones.
/// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
enum ArrayText {
    /// Every element gone through, in its order; nil where the text is no array, or an element has no replacement.
    static func mapping(_ text: String, _ change: (String) -> String?) -> String? {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        // `[0:1]={…}`
        if bytes.first == UInt8(ascii: "["), let start = bytes.firstIndex(of: UInt8(ascii: "=")) {
            result += bytes[...start]
            position = start + 1
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else { return nil }
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: " "):
                result.append(byte)
                position += 1
            default:
                let isQuoted = byte == UInt8(ascii: "\"")
                guard let element = element(bytes, &position) else { return nil }
                if !isQuoted, element.uppercased() == "NULL" {
                    result += Array("NULL".utf8)
                } else {
                    guard let changed = change(element) else { return nil }
                    result += Array(written(changed).utf8)
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// nil: no array.
    static func elements(_ text: String) -> [String]? {
        var found: [String] = []
        let isArray = mapping(text) {
            found.append($0)
            return $0
        }
        return isArray == nil ? nil : found
    }

    private static func element(_ bytes: [UInt8], _ position: inout Int) -> String? {
        var element: [UInt8] = []
        let isQuoted = bytes[position] == UInt8(ascii: "\"")
        if isQuoted { position += 1 }
        while position < bytes.count {
            let byte = bytes[position]
            if isQuoted ? byte == UInt8(ascii: "\"") : byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") {
                if isQuoted { position += 1 }
                return String(decoding: element, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
            element.append(bytes[position])
            position += 1
        }
        return nil
    }

    private static func written(_ element: String) -> String {
        let isBare =
            !element.isEmpty && element.uppercased() != "NULL"
            && !element.contains { "{},\"\\".contains($0) || $0.isWhitespace }
        guard !isBare else { return element }
        return "\"" + element.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
