import Model

extension Observation {
    /// A rate of less is a moment's.
    static let leastBurnWindow = Threshold(
        "seconds of the window at least, for a rate", 60, "s", source: "our choice: less is a moment's rate")

    /// Transaction identifiers used a day within the window; nil without an earlier snapshot.
    var burnedTransactionsPerDay: Double? {
        guard let now = snapshot.server.nextTransactionID, let then = earlier?.server.nextTransactionID else {
            return nil
        }
        return perDay(now - then)
    }

    /// Multixacts used a day, by how much the database's oldest has aged; nil where it was frozen meanwhile, or without an earlier
    /// snapshot.
    func burnedMultixactsPerDay(_ database: Database) -> Double? {
        guard let then = earlier(of: database) else { return nil }
        return perDay(database.multixactAge - then.multixactAge)
    }

    /// Until then, in words: `hours`, or `12 days`.
    static func span(days: Double) -> String { days < 2 ? "hours" : Quantity.count(Int64(days)) + " days" }

    private func perDay(_ burned: Int64) -> Double? {
        guard burned > 0, let seconds = window.seconds, seconds >= Self.leastBurnWindow.value else { return nil }
        return Double(burned) / seconds * 86_400
    }
}
