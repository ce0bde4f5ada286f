extension Unicode.Scalar {
    /// Whether it moves the cursor, colours a terminal, reorders a line or hides: control and format characters
    /// (bidirectional marks, zero-width and tag characters), line and paragraph separators. The joiners U+200C and U+200D
    /// and the visible prefixes of Arabic and Syriac numbers belong to ordinary writing.
    package var isInvisible: Bool {
        switch value {
        case 0x20...0x7E: false
        case 0x200C, 0x200D, 0x0600...0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD: false
        default:
            switch properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}

extension UInt32 {
    /// At least so many upper-case hexadecimal digits.
    package func hexadecimal(digits: Int) -> String {
        let text = String(self, radix: 16, uppercase: true)
        return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }
}
