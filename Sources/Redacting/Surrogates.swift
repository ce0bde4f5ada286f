import Model
import Statements

/// Values in place of values: of the same class, equal where those are equal, and in the same order, in statistics and in the
/// literals of definitions alike. So a planner makes the same plans of them.
///
/// What somebody can still learn who has only the surrogates: how many different values there are, how often each comes, in which
/// order they stand, and which columns share them; of integers the sign and the least type that holds them (and 0 and 1 as they are),
/// of decimals the sign and the number of digits before the point, of dates and times their moment to within half of the gap to the
/// next known value (at most 30 days), of intervals their length to an eighth, of addresses the family. What only a mind can know
/// of a distribution (two values, 51 % and 49 %) is told by it too.
package struct Surrogates: Sendable {
    /// Texts in the order of the database's collation, each once: on the source
    /// `SELECT v FROM unnest($1::text[]) AS v ORDER BY v` (with the collation of the database), in tests bytewise.
    package typealias TextOrder = @Sendable ([String]) async throws -> [String]

    /// Why there are no surrogates; safe to show.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// The server's order lacks texts that it was asked for, or has others.
        case orderDiffers(asked: Int, given: Int)

        package var description: String {
            switch self {
            case .orderDiffers(let asked, let given):
                "the values' order cannot be used: \(asked) texts were sent to be sorted and \(given) came back; run it again, and "
                    + "if that does not help leave the planner's statistics out"
            }
        }
    }

    var maps: [ValueClass: SurrogateMap] = [:]
    private var types = TypeBook()

    /// Nothing is known: every value is taken out.
    package init() {}

    /// For images that are to be compared with each other: the databases of one case.
    ///
    /// - Parameters:
    ///   - statements: whose literals shall have surrogates too (see `statement`).
    ///   - random: what makes surrogates unlike those of another case; none but a test gives another one than the system's.
    /// - Throws: `Failure`, and what `order` throws.
    package init(
        for images: [PlannerImage], statements: [String] = [], order: TextOrder,
        random: some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) async throws {
        var random = random
        var gathered = GatheredValues()
        for image in images { gathered.add(image) }
        types = TypeBook(images.flatMap(\.definitions))
        for text in statements { gathered.add(text, ConstantRules(types: types, isHandwritten: true)) }
        for kind in ValueClass.allCases where kind != .text {
            maps[kind] = SurrogateMap(kind, of: gathered.values[kind] ?? [], &random)
        }
        let texts = gathered.values[.text] ?? []
        let sorted = texts.isEmpty ? [] : try await order(texts.sorted())
        guard sorted.count == texts.count, Set(sorted) == texts else {
            throw Failure.orderDiffers(asked: texts.count, given: sorted.count)
        }
        maps[.text] = SurrogateMap(textsInOrder: sorted, limits: gathered.limits, &random)
    }

    /// nil: no value of the class, or not among those that surrogates were made for.
    package func surrogate(of text: String, _ kind: ValueClass) -> String? { maps[kind]?.surrogate(of: text) }

    /// A statement that a person wrote, with surrogates for those of its literals that are known, and NULL for others; nil where it
    /// does not parse. Strings that look like a moment are taken for timestamps, labels of enums stay.
    package func statement(_ text: String) -> String? {
        let rules = ConstantRules(types: types, isHandwritten: true)
        return try? SQLConstant.replacing(in: text) { try replacement($0, rules, isStrict: false) }
    }

    struct UnknownConstant: Error {}

    /// - Parameter isStrict: a value without surrogate is an error, and not NULL.
    func replacement(
        _ constant: SQLConstant, _ rules: ConstantRules, isStrict: Bool = true
    ) throws -> SQLConstant.Replacement {
        func found(_ text: String?) throws -> SQLConstant.Replacement {
            if let text { return .value(text) }
            if isStrict { throw UnknownConstant() }
            return .null
        }
        switch rules.decision(constant) {
        case .kept: return .kept
        case .null: return .null
        case .value(let kind): return try found(surrogate(of: constant.text, kind))
        case .elements(let kind): return try found(ArrayText.mapping(constant.text) { surrogate(of: $0, kind) })
        case .pattern: return try found(LikePattern.mapping(constant.text) { surrogate(of: $0, .text) })
        case .script:
            return try found(
                SQLConstant.replacing(in: constant.text) { try replacement($0, rules, isStrict: isStrict) })
        case .stub(let body): return .value(body)
        case .unknown: throw UnknownConstant()
        }
    }
}

/// Patterns of LIKE: what stands between `%` and `_`.
enum LikePattern {
    static func mapping(_ pattern: String, _ change: (String) -> String?) -> String? {
        var result = ""
        var run = ""
        func flush() -> Bool {
            guard !run.isEmpty else { return true }
            guard let changed = change(run) else { return false }
            result += changed
            run = ""
            return true
        }
        var isEscaped = false
        for character in pattern {
            if isEscaped {
                run.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "%" || character == "_" {
                guard flush() else { return nil }
                result.append(character)
            } else {
                run.append(character)
            }
        }
        return flush() ? result : nil
    }
}
