import Foundation

/// What ANALYZE kept of a column's values: `most_common_vals` with their frequencies, and `histogram_bounds`, as text.
///
/// Users' data: held while indexes are looked for, and never written anywhere.
package struct ColumnDistribution: Sendable {
    /// `format_type`: `timestamp with time zone`.
    package var type: String
    package var commonValues: [String]
    /// As many as `commonValues`, most common first.
    package var frequencies: [Double]
    /// Equal shares of the other values lie between each two; ascending.
    package var bounds: [String]
    package var nullFraction: Double
    /// Distinct values, nulls not among them.
    package var distinct: Double

    package init(
        type: String, commonValues: [String], frequencies: [Double], bounds: [String], nullFraction: Double,
        distinct: Double
    ) {
        self.type = type
        self.commonValues = commonValues
        self.frequencies = Array(frequencies.prefix(commonValues.count))
        self.bounds = bounds
        self.nullFraction = nullFraction
        self.distinct = distinct
    }

    /// Share of the rows, 0…1, for which `column operator value` holds; nil where that cannot be told: an operator that is
    /// not known, or a range of a type whose values we do not order (text has the server's collation).
    ///
    /// As `var_eq_const` and `scalarineqsel` of src/backend/utils/adt/selfuncs.c have it.
    package func selectivity(operator name: String, value: String) -> Double? {
        switch name {
        case "=": return equality(value)
        case "<>": return max(0, 1 - nullFraction - equality(value))
        case "<", "<=": return below(value)
        case ">", ">=": return below(value).map { max(0, 1 - nullFraction - $0) }
        default: return nil
        }
    }

    private var othersShare: Double { max(0, 1 - nullFraction - frequencies.reduce(0, +)) }

    private func equality(_ value: String) -> Double {
        for (common, frequency) in zip(commonValues, frequencies) where isSame(common, value) { return frequency }
        let share = othersShare / max(1, distinct - Double(commonValues.count))
        return min(share, frequencies.last ?? 1)
    }

    private func isSame(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        guard let a = position(left), let b = position(right) else { return false }
        return a == b
    }

    private func below(_ value: String) -> Double? {
        guard let place = position(value) else { return nil }
        var share = 0.0
        for (common, frequency) in zip(commonValues, frequencies) {
            guard let here = position(common) else { return nil }
            if here < place { share += frequency }
        }
        guard bounds.count > 1 else { return commonValues.isEmpty ? nil : share }
        let places = bounds.compactMap(position)
        guard places.count == bounds.count else { return nil }
        return share + othersShare * fraction(place, places)
    }

    /// Linear within a bin (`ineq_histogram_selectivity`).
    private func fraction(_ place: Double, _ places: [Double]) -> Double {
        guard place > places[0] else { return 0 }
        guard let upper = places.firstIndex(where: { $0 >= place }) else { return 1 }
        let (low, high) = (places[upper - 1], places[upper])
        let within = high > low ? (place - low) / (high - low) : 0.5
        return (Double(upper - 1) + within) / Double(places.count - 1)
    }

    /// A number in the order of the type's values; nil for types that we do not order.
    private func position(_ text: String) -> Double? {
        let base = type.prefix { $0 != "(" }.trimmingCharacters(in: .whitespaces)
        switch base {
        case "smallint", "integer", "bigint", "numeric", "real", "double precision", "oid": return Double(text)
        case "date": return Self.seconds(text)
        default: return base.hasPrefix("timestamp") ? Self.seconds(text) : nil
        }
    }

    /// `2024-01-31 10:00:00.5+02` as seconds since 1970.
    private static func seconds(_ text: String) -> Double? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard let day = parts.first?.split(separator: "-").map({ Double($0) }), day.count == 3,
            let year = day[0], let month = day[1], let date = day[2]
        else { return nil }
        // Days from the civil calendar: March is the first month, so that the leap day is the last.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted / 400).rounded(.down)
        let yearOfEra = shifted - era * 400
        let dayOfYear = ((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5).rounded(.down) + date - 1
        let dayOfEra = yearOfEra * 365 + (yearOfEra / 4).rounded(.down) - (yearOfEra / 100).rounded(.down) + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        guard parts.count > 1 else { return days * 86_400 }
        let clock = parts[1].prefix { $0 != "+" && $0 != "-" }
        let numbers = clock.split(separator: ":").map { Double($0) ?? 0 }
        let time = zip(numbers, [3_600.0, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
        let zone = parts[1].dropFirst(clock.count)
        let offset = zone.dropFirst().split(separator: ":").map { Double($0) ?? 0 }
        let ahead = zip(offset, [3_600.0, 60]).reduce(0) { $0 + $1.0 * $1.1 } * (zone.hasPrefix("-") ? -1 : 1)
        return days * 86_400 + time - ahead
    }
}
