import Foundation

/// How deep arrays and objects are nested, by a scan of the bytes: a parser that recurses never sees what is too deep.
enum JSONNesting {
    /// The depth of the deepest place; nil beyond `limit`. What is not JSON has some depth too: its parser will say so.
    static func deepest(_ data: Data, atMost limit: Int) -> Int? {
        data.withUnsafeBytes { bytes in
            var depth = 0
            var deepest = 0
            var isString = false
            var isEscaped = false
            for byte in bytes {
                if isString {
                    if isEscaped {
                        isEscaped = false
                    } else if byte == UInt8(ascii: "\\") {
                        isEscaped = true
                    } else if byte == UInt8(ascii: "\"") {
                        isString = false
                    }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    deepest = max(deepest, depth)
                    if depth > limit { return nil }
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
            }
            return deepest
        }
    }
}
