/// Arrays as PostgreSQL prints them. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
package enum TextArray {
    /// The array of these texts, as a value of any array type whose elements they are.
    package static func literal(_ elements: [String]) -> String {
        let quoted = elements.map { element in
            "\"" + element.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "{" + quoted.joined(separator: ",") + "}"
    }

    /// The elements of a one-dimensional array; nil when it is none.
    package static func elements(of text: String) -> [String?]? {
        var text = text
        return text.withUTF8(elements)
    }

    /// The same, of the array's bytes.
    static func elements(of bytes: UnsafeBufferPointer<UInt8>) -> [String?]? {
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count >= 2 else { return nil }
        let body = bytes[1..<(bytes.count - 1)]
        guard !body.isEmpty else { return [] }
        var elements: [String?] = []
        var current: [UInt8] = []
        var (isQuoted, wasQuoted, isEscaped) = (false, false, false)
        func take() {
            let element = String(decoding: current, as: UTF8.self)
            elements.append(wasQuoted || element != "NULL" ? element : nil)
            (current, wasQuoted) = ([], false)
        }
        for byte in body {
            if isEscaped {
                current.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                wasQuoted = true
            } else if byte == UInt8(ascii: ",") && !isQuoted {
                take()
            } else {
                current.append(byte)
            }
        }
        take()
        return isQuoted ? nil : elements
    }
}
