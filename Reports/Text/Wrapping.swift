/// Breaks text into lines of at most so many columns.
package enum Wrapping {
    /// At blanks; a word that is wider than a line is cut where the line ends.
    package static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ") {
            let wordWidth = DisplayWidth.of(word)
            if used > 0 && used + 1 + wordWidth > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            if used > 0 {
                line += " " + word
                used += 1 + wordWidth
            } else if wordWidth <= width {
                (line, used) = (String(word), wordWidth)
            } else {
                var pieces = pieces(of: word, width: width)
                line = pieces.removeLast()
                used = DisplayWidth.of(line)
                lines += pieces
            }
        }
        if used > 0 { lines.append(line) }
        return lines
    }

    /// Items joined by ` · `, broken between items where that is possible; a line that others follow ends with the separator.
    package static func items(_ items: [String], width: Int, separator: String = "·") -> [String] {
        var lines: [String] = []
        var line = ""
        for (offset, item) in items.enumerated() {
            // Room for the separator, which all but the last have behind them; what is very narrow has none.
            let reserved = offset == items.count - 1 || width < 10 ? 0 : DisplayWidth.of(separator) + 1
            let room = width - reserved
            let joined = line.isEmpty ? item : line + " \(separator) " + item
            if DisplayWidth.of(joined) <= room {
                line = joined
                continue
            }
            if !line.isEmpty { lines.append(width < 10 ? line : line + " \(separator)") }
            var wrapped = Self.lines(item, width: room)
            line = wrapped.popLast() ?? ""
            lines += wrapped
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// Items that are never broken, as many a line as fit.
    package static func packed(_ items: [String], width: Int, gap: String) -> [String] {
        var lines: [String] = []
        for item in items {
            if let last = lines.last, DisplayWidth.of(last) + gap.count + DisplayWidth.of(item) <= width {
                lines[lines.count - 1] = last + gap + item
            } else {
                lines.append(item)
            }
        }
        return lines
    }

    private static func pieces(of word: Substring, width: Int) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var used = 0
        for character in word {
            let next = DisplayWidth.of(character)
            if used > 0 && used + next > width {
                pieces.append(piece)
                (piece, used) = ("", 0)
            }
            piece.append(character)
            used += next
        }
        return pieces + [piece]
    }
}
