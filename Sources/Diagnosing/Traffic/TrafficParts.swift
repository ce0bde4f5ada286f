import Model

/// Who sends the calls: worked out where there are more than usual, since it looks at each statement of both snapshots.
struct TrafficParts {
    /// A statement with what it was before.
    struct Statement {
        var load: StatementLoad
        var calls: Traffic.Rate
        /// ms a call before the window; nil: it was not called.
        var usualMean: Double?
    }

    /// Those whose earlier counters are known, by the calls that they have more, most first.
    let statements: [Statement]
    /// By role, in the same order.
    let roles: [(name: String, calls: Traffic.Rate)]

    init(of traffic: Traffic, _ observation: Observation) {
        guard let earlier = observation.earlier, let then = earlier.statementStatistics else {
            (statements, roles) = ([], [])
            return
        }
        let past = PastStatements(then, since: earlier.takenAt)
        statements = observation.workload.statements
            .compactMap { load -> Statement? in
                let before: StatementCounters
                switch past.trace(of: load) {
                case .counted(let counters): before = counters
                case .new: before = StatementCounters()
                case .unknown: return nil
                }
                return Statement(
                    load: load, calls: traffic.rate(load.counters.calls, Double(before.calls)),
                    usualMean: before.calls > 0 ? before.meanTime : nil)
            }
            .sorted { Self.rose(($0.calls, $0.load.key.name), more: ($1.calls, $1.load.key.name)) }
        var byRole: [String: Double] = [:]
        for statement in then.statements where !statement.isOurs {
            byRole[statement.role, default: 0] += Double(statement.counters.calls)
        }
        roles = observation.workload.callsByRole
            .map { (name: $0.key, calls: traffic.rate($0.value, byRole[$0.key] ?? 0)) }
            .sorted { Self.rose(($0.calls, $0.name), more: ($1.calls, $1.name)) }
    }

    private static func rose(_ one: (Traffic.Rate, String), more other: (Traffic.Rate, String)) -> Bool {
        one.0.surplus == other.0.surplus ? one.1 < other.1 : one.0.surplus > other.0.surplus
    }
}

extension Traffic {
    /// Of calls within the window and before it.
    fileprivate func rate(_ calls: Int64, _ before: Double) -> Rate {
        Rate(now: Double(calls) / seconds, usual: before / usualSpan)
    }
}
