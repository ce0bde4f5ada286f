/// What auto_explain writes behind `Query Parameters:` from PostgreSQL 16 on: `$1 = 'it''s', $2 = NULL`
/// (`BuildParamLogString` of params.c).
///
/// Values are users' data: to plan with, never to be kept or shown.
package enum QueryParameters {
    /// The values in order, as text; nil for NULL. No list at all where it is not understood, or a value was cut off
    /// (`auto_explain.log_parameter_max_length`: such a value ends in `...`, and so may a whole one, which is given up, too).
    package static func values(of text: String) -> [String?]? {
        var values: [String?] = []
        var rest = Substring(text)
        while true {
            let name = "$\(values.count + 1) = "
            guard rest.hasPrefix(name) else { return nil }
            rest = rest.dropFirst(name.count)
            if rest.hasPrefix("NULL") {
                rest = rest.dropFirst("NULL".count)
                values.append(nil)
            } else {
                guard let value = quoted(&rest), !value.hasSuffix("...") else { return nil }
                values.append(value)
            }
            if rest.allSatisfy(\.isWhitespace) { return values }
            guard rest.hasPrefix(", ") else { return nil }
            rest = rest.dropFirst(2)
        }
    }

    /// The last value goes on in the next line.
    static func isOpen(_ text: String) -> Bool {
        !text.utf8.count(where: { $0 == UInt8(ascii: "'") }).isMultiple(of: 2)
    }

    /// Takes `'…'` from the front, `''` standing for one quote.
    private static func quoted(_ rest: inout Substring) -> String? {
        guard rest.first == "'" else { return nil }
        var value = ""
        var position = rest.index(after: rest.startIndex)
        while position < rest.endIndex {
            let next = rest.index(after: position)
            guard rest[position] == "'" else {
                value.append(rest[position])
                position = next
                continue
            }
            guard next < rest.endIndex, rest[next] == "'" else {
                rest = rest[next...]
                return value
            }
            value.append("'")
            position = rest.index(after: next)
        }
        return nil
    }
}
