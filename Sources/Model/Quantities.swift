import Foundation

/// Numbers as people read them. Units: bytes, ms and s in, text out. The same everywhere, so that two places never
/// round one number in two ways.
package enum Quantity {
    /// 1,234,567
    package static func count(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0 && (digits.count - offset) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return (value < 0 ? "-" : "") + grouped
    }

    package static func count(_ value: Int) -> String { count(Int64(value)) }

    /// 4.1 billion, 31 million, 45,210
    package static func about(_ value: Double) -> String {
        switch abs(value) {
        case 1e12...: return decimal(value / 1e12, places: 1) + " trillion"
        case 1e9...: return decimal(value / 1e9, places: 1) + " billion"
        case 1e7...: return decimal(value / 1e6, places: 0) + " million"
        case 1e6...: return decimal(value / 1e6, places: 1) + " million"
        default: return count(Int64(value.rounded()))
        }
    }

    /// 8,192 bytes → 8 kB; units of 1,024 as PostgreSQL's `pg_size_pretty` has them.
    package static func bytes(_ value: Int64) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
        var scaled = Double(value)
        var unit = 0
        while abs(scaled) >= 1024 && unit < units.count - 1 {
            scaled /= 1024
            unit += 1
        }
        return decimal(scaled, places: unit >= 2 && abs(scaled) < 10 ? 1 : 0) + " " + units[unit]
    }

    /// 0.4 ms, 412 ms, 4.1 s, 4 min 12 s, 3 h 5 min, 12 days
    package static func milliseconds(_ value: Double) -> String {
        switch abs(value) {
        case 0: return "0 ms"
        case ..<10: return decimal(value, places: abs(value) < 0.095 ? 3 : 1) + " ms"
        case ..<999.5: return decimal(value, places: 0) + " ms"
        default: return seconds(value / 1000)
        }
    }

    package static func seconds(_ value: Double) -> String {
        let whole = Int64(value.rounded())
        switch abs(value) {
        case ..<0.9995: return milliseconds(value * 1000)
        case ..<9.95: return decimal(value, places: 1) + " s"
        case ..<119.5: return "\(whole) s"
        case ..<7200: return "\(whole / 60) min" + (whole % 60 == 0 ? "" : " \(whole % 60) s")
        case ..<172_800: return "\(whole / 3600) h" + (whole % 3600 / 60 == 0 ? "" : " \(whole % 3600 / 60) min")
        default: return count(whole / 86_400) + " days"
        }
    }

    /// 0.384 → 38 %; below one percent with one place.
    package static func percent(_ share: Double) -> String {
        let value = share * 100
        return decimal(value, places: abs(value) < 0.95 && value != 0 ? 1 : 0) + " %"
    }

    /// A number with thousands separators and fixed places, independent of the locale.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return "–" }
        guard abs(value) < 9e15 else { return String(format: "%.1e", value) }
        let text = String(format: "%.\(places)f", abs(value))
        let parts = text.split(separator: ".", maxSplits: 1)
        let isZero = text.allSatisfy { $0 == "0" || $0 == "." }
        let sign = value < 0 && !isZero ? "-" : ""
        let whole = count(Int64(parts[0]) ?? 0)
        return sign + whole + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// 1 session, 2 sessions
    package static func plural(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(count(value)) \(value == 1 ? singular : plural ?? singular + "s")"
    }
}
