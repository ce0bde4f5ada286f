import Plans

/// How alike a lab plans: the share of statements whose plans have the same shape there as at the source.
package struct Likeness: Sendable {
    package private(set) var same: [String] = []
    /// Where the lab's plan differs first: `Seq Scan orders instead of Index Scan orders_pkey`.
    package private(set) var different: [(statement: String, difference: String)] = []
    /// Not planned in the lab, or without a plan that can be read; they count as not alike.
    package private(set) var unplanned: [(statement: String, reason: String)] = []

    package init() {}

    package var count: Int { same.count + different.count + unplanned.count }
    /// 0 … 1; nil: nothing was compared.
    package var share: Double? { count > 0 ? Double(same.count) / Double(count) : nil }

    /// - Parameters:
    ///   - statement: its name in what is told.
    ///   - source: EXPLAIN's JSON there.
    package mutating func compare(_ statement: String, source: String, lab: String) {
        do {
            let difference = try PlanShape(json: source).difference(from: PlanShape(json: lab))
            if let difference { different.append((statement, difference)) } else { same.append(statement) }
        } catch {
            unplanned.append((statement, error.description))
        }
    }

    package mutating func unplanned(_ statement: String, reason: String) { unplanned.append((statement, reason)) }
}
