@testable import Diagnosing
import Foundation
import Model
import Recommending
import Reporting

/// A server on which everything is wrong that the rules' own examples know: each example's database beside the others', and
/// what is the cluster's own in one.
enum SickOfAll {
    static let snapshot: Snapshot = {
        var all = Snapshot.healthyExample
        all.catalogs = []
        all.databases = []
        all.statementStatistics?.totals.executionTime = 0
        for (number, rule) in allRules.enumerated() {
            let firing = rule.examples.lazy.filter { if case .fires = $0.expectation { true } else { false } }
                .map { $0.observation() }.first { $0.earlier == nil && !$0.snapshot.server.isInRecovery }
            guard let firing else { continue }
            all.add(firing.snapshot, as: "shop_\(number)", from: number * 10_000)
        }
        all.addStaging(tables: 60, invalid: 8)
        return all
    }()

    static let diagnosis = Diagnosis(judging: Observation(snapshot))

    static func report(verbose: Bool = false, quiet: Bool = false) -> Report {
        Report(diagnosis, options: ReportOptions(verbose: verbose, quiet: quiet, generator: "pgmedic 0.1.0"))
    }
}

extension Snapshot {
    /// `offset`: of the process identifiers, which are one another's namesakes in the examples.
    fileprivate mutating func add(_ other: Snapshot, as database: String, from offset: Int) {
        func renamed(_ name: String?) -> String? { name == "shop" ? database : name }
        let healthy = Snapshot.healthyExample
        databases += other.databases.filter { $0.name == "shop" }.map { one in
            var one = one
            (one.name, one.oid) = (database, one.oid + Int64(offset))
            return one
        }
        catalogs += other.catalogs.filter { $0.database == "shop" }.map { catalog in
            var catalog = catalog
            catalog.database = database
            return catalog
        }
        backends += other.backends.map { backend in
            var backend = backend
            backend.pid += offset
            backend.leader = backend.leader.map { $0 + offset }
            backend.database = renamed(backend.database)
            return backend
        }
        locks += other.locks.map { lock in
            var lock = lock
            if lock.preparedTransaction == nil { lock.pid += offset }
            lock.database = renamed(lock.database)
            lock.transactionID = lock.transactionID.map { $0 + Int64(offset) * 1000 }
            return lock
        }
        progress += other.progress.map { one in
            var one = one
            (one.pid, one.database) = (one.pid + offset, renamed(one.database))
            return one
        }
        preparedTransactions += other.preparedTransactions.map { one in
            var one = one
            one.database = renamed(one.database) ?? one.database
            return one
        }
        addStatements(of: other, as: database)
        for role in other.roles where !roles.contains(where: { $0.name == role.name }) { roles.append(role) }
        for setting in other.settings where !healthy.settings.contains(setting) {
            settings.removeAll { $0.name == setting.name }
            settings.append(setting)
        }
        replicationSlots += other.replicationSlots
        standbys += other.standbys
        fileErrors += other.fileErrors
        if other.checkpointer != healthy.checkpointer { checkpointer = other.checkpointer }
        if other.archiver != healthy.archiver { archiver = other.archiver }
        if other.lockTable != healthy.lockTable { lockTable = other.lockTable }
        if other.lockHistory != healthy.lockHistory { lockHistory = other.lockHistory }
        if let logins = other.loginHistory, logins != healthy.loginHistory { loginHistory!.groups += logins.groups }
    }

    private mutating func addStatements(of other: Snapshot, as database: String) {
        let statements = (other.statementStatistics?.statements ?? []).filter { $0.database == "shop" }
        statementStatistics?.statements += statements.map { statement in
            var statement = statement
            statement.database = database
            return statement
        }
        statementStatistics?.totals.executionTime += statements.reduce(0) { $0 + $1.counters.executionTime }
    }

    /// Tables without a key, and indexes that builds left behind.
    fileprivate mutating func addStaging(tables: Int, invalid: Int) {
        var staging = Snapshot.healthyExample
        for number in 1...tables {
            staging.addTable("staging_\(number)") { $0.counters.updated = 50_000 }
        }
        for number in 1...invalid {
            staging.addIndex("staging_\(number)_note", on: "note", table: "staging_\(number)") { $0.isValid = false }
        }
        add(staging, as: "staging", from: 90_000_000)
    }
}
