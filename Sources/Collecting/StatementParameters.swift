import Model
import PostgresClient
import Statements

/// What a statement's parameters stand for, each of them; values for them come from the column statistics.
struct StatementParameters {
    private enum Slot: Equatable {
        case column(ColumnReference, ParameterUse.Form)
        case limit
        case offset
    }

    private let slots: [Slot]

    /// Rows that a page has.
    private static let limitValue = "20"

    /// nil where a parameter stands elsewhere than in a condition on a column, in LIMIT or in OFFSET.
    init?(of text: String, searchPath: [String], _ names: CatalogNames) {
        guard let parsed = try? ParsedStatement(parsing: text), parsed.kind == .select, parsed.parameterCount > 0 else {
            return nil
        }
        let shape = StatementShape(parsed, names: names, searchPath: searchPath)
        var found: [Int: Slot] = [:]
        for predicate in shape.levels.flatMap(\.predicates) {
            guard predicate.wrapper == nil, shape.origin(of: predicate.column) == predicate.column,
                let relation = shape.relation(of: predicate.column)
            else { continue }
            for use in predicate.parameters {
                found[use.number] = .column(ColumnReference(relation, predicate.column.name), use.form)
            }
        }
        for number in Self.parameters(of: "limitCount", parsed) { found[number] = .limit }
        for number in Self.parameters(of: "limitOffset", parsed) { found[number] = .offset }
        guard found.count == parsed.parameterCount else { return nil }
        slots = found.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func parameters(of clause: String, _ parsed: ParsedStatement) -> [Int] {
        parsed.root.all("SelectStmt").compactMap { $0.node(clause) }
            .flatMap { $0.all("ParamRef") }.map { $0.integer("number") }
    }

    /// One of them bounds a range.
    var hasRange: Bool {
        slots.contains { slot in
            if case .column(_, let form) = slot { form == .lowerBound || form == .upperBound } else { false }
        }
    }

    /// The columns whose statistics are needed, each once.
    var columns: [ColumnReference] {
        var seen: Set<ColumnReference> = []
        return slots.compactMap { slot in
            if case .column(let column, _) = slot, seen.insert(column).inserted { return column }
            return nil
        }
    }

    /// The variant without its plan, and the parameters in order; nil where no value of a column is known.
    func variant(
        _ kind: PlanVariant.Kind, _ known: [ColumnReference: ColumnValues]
    ) -> (variant: PlanVariant, values: [String])? {
        var values: [String] = []
        var frequencies: [Double] = []
        var variant = PlanVariant()
        variant.kind = kind
        variant.columns = columns
        guard !variant.columns.isEmpty else { return nil }
        for slot in slots {
            switch slot {
            case .limit: values.append(Self.limitValue)
            case .offset: values.append("0")
            case .column(let column, let form):
                guard let statistics = known[column], let value = statistics.value(kind, form) else { return nil }
                values.append(value)
                switch form {
                case .equality:
                    if let frequency = statistics.frequency(kind) { frequencies.append(frequency) }
                case .lowerBound, .upperBound: variant.hasRange = true
                case .element, .array: break
                }
            }
        }
        // Of lists and ranges it would be a guess.
        let isKnown = frequencies.count == slots.count { $0 != .limit && $0 != .offset }
        variant.frequency = isKnown ? frequencies.reduce(1, *) : nil
        return (variant, values)
    }
}

/// What the statistics know of a column's values.
struct ColumnValues: Sendable {
    /// The most common first; not all of them.
    var common: [String] = []
    /// Of the first.
    var commonFrequency: Double?
    /// Values that are no common ones; where there are none, the least common.
    var rare: [String] = []
    /// Of the first; nil where it is no common value.
    var rareFrequency: Double?
    /// At 0, 1, 50, 99 and 100 %.
    var quantiles: [String] = []

    private enum Quantile: Int { case least = 0, first, middle, last, greatest }

    /// Half of the values at the upper end are a wide range, a hundredth is a narrow one: of a time, the newest.
    func value(_ kind: PlanVariant.Kind, _ form: ParameterUse.Form) -> String? {
        // Of a column without common values any is as rare as the other.
        let list = kind == .common && !common.isEmpty ? common : rare
        switch form {
        case .equality: return list.first
        case .element(let place): return list.isEmpty ? nil : list[place % list.count]
        case .array: return list.isEmpty ? nil : TextArray.literal(list)
        case .lowerBound: return quantile(kind == .common ? .middle : .last)
        case .upperBound: return quantile(.greatest)
        }
    }

    func frequency(_ kind: PlanVariant.Kind) -> Double? {
        kind == .common && !common.isEmpty ? commonFrequency : rareFrequency
    }

    private func quantile(_ place: Quantile) -> String? {
        quantiles.indices.contains(place.rawValue) ? quantiles[place.rawValue] : nil
    }
}

extension Dictionary<ColumnReference, ColumnValues> {
    init(_ rows: [Row], names: (Int64) -> QualifiedName?) throws {
        self.init()
        for row in rows {
            guard let relation = names(try row.int64("relation")) else { continue }
            self[ColumnReference(relation, try row.string("name"))] = ColumnValues(
                common: try row.stringArrayIfPresent("common_values") ?? [],
                commonFrequency: try row.doubleIfPresent("common_frequency"),
                rare: try row.stringArrayIfPresent("rare_values") ?? [],
                rareFrequency: try row.doubleIfPresent("rare_frequency"),
                quantiles: try row.stringArrayIfPresent("quantiles") ?? [])
        }
    }
}
