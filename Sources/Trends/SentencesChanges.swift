import Foundation
import History
import Model

extension HistoryChange {
    /// A value of a setting or a plan may be as long as its writer liked.
    private func value(_ text: String?) -> String { text.map { Shown.name($0, limit: 40) } ?? "none" }

    /// `work_mem 4MB → 64MB`, `public.orders_status_idx dropped`: for a mark, and for a list.
    package var shown: String {
        let object = Shown.name(object)
        switch kind {
        case .setting: return "\(object) \(value(before)) → \(value(now))"
        case .version: return "PostgreSQL \(value(before)) → \(value(now))"
        case .restart: return "restart"
        case .failover: return "failover"
        case .statisticsReset: return object.isEmpty ? "statistics reset" : "statistics of \(object) reset"
        case .clockJump: return "the clock jumped"
        case .indexCreated: return "index \(object) created"
        case .indexDropped: return "index \(object) dropped"
        case .indexInvalid: return "index \(object) became invalid"
        case .relationCreated: return "\(object) created"
        case .relationDropped: return "\(object) dropped"
        case .columnsChanged: return "columns of \(object) changed"
        case .analyzed: return "ANALYZE \(object)"
        case .rewritten: return "\(object) rewritten"
        case .plan: return "plan of statement \(Shown.name(self.object, limit: 16)) changed"
        case .extensionChanged: return "extension \(object) \(value(before)) → \(value(now))"
        case .unreachable: return "unreachable"
        case .reachable: return "reachable again"
        }
    }

    /// A clause for an attribution: `index public.orders_status_idx was dropped`.
    var clause: String {
        let object = Shown.name(object)
        switch kind {
        case .setting: return "\(object) was changed from \(value(before)) to \(value(now))"
        case .version: return "PostgreSQL \(value(before)) became \(value(now))"
        case .restart: return "the server was restarted"
        case .failover: return "another server took over"
        case .indexCreated: return "index \(object) was created"
        case .indexDropped: return "index \(object) was dropped"
        case .indexInvalid: return "index \(object) became invalid"
        case .analyzed: return "\(object) was analyzed"
        case .rewritten: return "\(object) was rewritten (VACUUM FULL, CLUSTER or TRUNCATE)"
        case .plan: return "its plan changed"
        case .columnsChanged: return "the columns of \(object) changed"
        case .extensionChanged: return "extension \(object) became \(value(now))"
        default: return shown
        }
    }

    /// `index … was dropped between Tue 14:00 and 14:05`
    func clause(_ clock: TrendClock) -> String {
        let at = at.timeIntervalSince1970
        return clause
            + (after.map { " between " + clock.between($0.timeIntervalSince1970, at) } ?? " by " + clock.moment(at))
    }
}
