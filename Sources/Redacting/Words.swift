/// Made-up words in rising order, the same in every collation: consonants and vowels take turns, so that no two letters stand side
/// by side that some language sorts as one (`ch`, `ll`, `aa`, `gy`), and of two words at the same place letters of one kind meet.
enum Words {
    private static let consonants = Array("bcdfgklmnprst")
    private static let vowels = Array("aeiou")
    private static let syllables = UInt64(consonants.count * vowels.count)

    /// For texts in rising order as many words in rising order, of equal length but where `limits` allows less.
    ///
    /// - Parameter limits: characters that a text may have, by its place (`char(2)`); a text with a limit gets a short word, and those up
    ///   to the next such text begin with it. Where there are too many of them for their limit, they get longer ones.
    static func inOrder(
        _ count: Int, limits: [Int: Int] = [:], _ random: inout some RandomNumberGenerator
    ) -> [String] {
        let short = limits.keys.sorted()
        guard let least = limits.values.min() else { return words(count, &random) }
        // One more: what stands before the first of them has to begin with a lesser word.
        let heads = shortWords(short.count + 1, longest: least, &random)
        var result: [String] = []
        result.reserveCapacity(count)
        for (number, head) in heads.enumerated() {
            let start = number == 0 ? 0 : short[number - 1]
            let end = number < short.count ? short[number] : count
            if number > 0 { result.append(head) }
            let rest = number == 0 ? end - start : end - start - 1
            let link = head.count % 2 == 1 ? "a" : ""
            result += words(rest, &random).map { head + link + $0 }
        }
        return result
    }

    private static func shortWords(
        _ count: Int, longest: Int, _ random: inout some RandomNumberGenerator
    ) -> [String] {
        guard longest == 1 || count > Int(syllables), count <= consonants.count else {
            return words(count, room: 1, &random)
        }
        return Spread.draw(count, from: 0, size: UInt64(consonants.count), &random).map { String(consonants[Int($0)]) }
    }

    /// - Parameter room: of so many words one is taken.
    private static func words(
        _ count: Int, room: UInt64 = 16, _ random: inout some RandomNumberGenerator
    ) -> [String] {
        guard count > 0 else { return [] }
        var length = 1
        var size = syllables
        while size < UInt64(count) * room {
            size *= syllables
            length += 1
        }
        return Spread.draw(count, from: 0, size: size, &random).map { word($0, length) }
    }

    private static func word(_ number: UInt64, _ length: Int) -> String {
        var rest = number
        var letters: [Character] = []
        for _ in 0..<length {
            let syllable = Int(rest % syllables)
            rest /= syllables
            letters.append(vowels[syllable % vowels.count])
            letters.append(consonants[syllable / vowels.count])
        }
        return String(letters.reversed())
    }
}
