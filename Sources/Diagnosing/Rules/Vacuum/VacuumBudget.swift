import Model

/// What autovacuum may do in a second, all workers together, and what a VACUUM of a table costs: both in the credits of
/// https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-VACUUM-COST
struct VacuumBudget {
    /// Credits that one round of the workers may spend before it sleeps.
    let limit: Double
    /// ms of sleep; never 0 here.
    let delay: Double
    private let missCost: Double
    private let dirtyCost: Double
    private let pageSize: Double

    /// nil where autovacuum is not limited (a delay of 0), or the settings were not read.
    init?(_ observation: Observation, options: [String: String] = [:]) {
        func number(_ name: String) -> Double? {
            options[name].flatMap(Double.init) ?? observation.setting(name)?.number
        }
        // -1: as for a VACUUM by hand.
        func own(_ name: String, else other: String) -> Double? {
            number(name).flatMap { $0 >= 0 ? $0 : nil } ?? number(other)
        }
        guard let limit = own("autovacuum_vacuum_cost_limit", else: "vacuum_cost_limit"), limit > 0,
            let delay = own("autovacuum_vacuum_cost_delay", else: "vacuum_cost_delay"), delay > 0
        else { return nil }
        self.limit = limit
        self.delay = delay
        pageSize = observation.pageSize
        missCost = number("vacuum_cost_page_miss") ?? 2
        dirtyCost = number("vacuum_cost_page_dirty") ?? 20
    }

    /// Credits a second: the work itself takes no time in this, so that it is the most.
    var perSecond: Double { limit * 1000 / delay }

    /// Bytes a second that may be dirtied.
    var bytesDirtied: Double { perSecond / dirtyCost * pageSize }

    /// Credits of one VACUUM of the table: pages that are not all-visible are read and, as far as they hold dead rows, dirtied;
    /// its indexes are read whole.
    func credits(ofVacuuming relation: Relation, deadRows: Double, indexPages: Double) -> Double {
        // A table that was never vacuumed to its end has no relpages yet.
        let pages = max(Double(relation.pages), Double(relation.sizeOrEstimate) / pageSize)
        let unseen = max(0, pages - Double(relation.allVisiblePages))
        let dirtied = min(pages, deadRows)
        return max(unseen, dirtied) * missCost + dirtied * dirtyCost + indexPages * missCost
    }
}
