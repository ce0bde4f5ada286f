import Foundation
import Model

@testable import Redacting

/// A snapshot in which every member is set, and every string is a canary of its place.
enum CanarySnapshot {
    /// Each list has one element, each optional its value.
    static func filled() throws -> Snapshot {
        var snapshot = Snapshot()
        snapshot.server = .make {
            ($0.address, $0.target, $0.hypoPGVersion, $0.systemIdentifier) = ("x", "x", "1", "1")
            $0.roleMemberships = ["x"]
        }
        snapshot.settings = [.make { ($0.bootValue, $0.resetValue, $0.unit) = ("x", "x", "ms") }]
        snapshot.fileErrors = [.make { $0.name = "x" }]
        snapshot.roleSettings = [.make { ($0.role, $0.database) = ("x", "x") }]
        snapshot.databases = [.make { $0.name = "x" }]
        snapshot.roles = [.make { $0.memberOf = ["x"] }]
        snapshot.hostRules = [.make { ($0.databases, $0.roles, $0.address, $0.netmask) = (["x"], ["x"], "x", "x") }]
        snapshot.statementStatistics = .make {
            $0.statements = [
                .make {
                    ($0.text, $0.fingerprint, $0.planNote, $0.searchPath) = ("x", "x", "x", ["x"])
                    $0.plan = .make { $0.json = "x" }
                    $0.variants = [.make { $0.json = "x" }]
                    $0.loggedPlans = [.make { $0.json = "x" }]
                    $0.whatIf = [
                        .make {
                            $0.indexes = [.make { ($0.keys, $0.included, $0.predicate) = (["x"], ["x"], "x") }]
                            $0.json = "x"
                        }
                    ]
                    $0.rewrites = [RewrittenPlan()]
                }
            ]
        }
        snapshot.catalogs = [catalog]
        snapshot.backends = [
            .make {
                ($0.database, $0.role, $0.client, $0.state, $0.waitEventType) = ("x", "x", "x", "x", "x")
                ($0.waitEvent, $0.query, $0.fingerprint) = ("x", "x", "x")
            }
        ]
        snapshot.locks = [.make { ($0.database, $0.virtualXID, $0.preparedTransaction) = ("x", "x", "x") }]
        snapshot.preparedTransactions = [PreparedTransaction()]
        snapshot.replicationSlots = [
            .make { ($0.plugin, $0.database, $0.walStatus, $0.invalidationReason) = ("x", "x", "x", "x") }
        ]
        snapshot.subscriptions = [.make { $0.slot = "x" }]
        snapshot.standbys = [.make { ($0.client, $0.role, $0.state, $0.syncState) = ("x", "x", "x", "x") }]
        snapshot.recovery = .make { $0.receiverStatus = "x" }
        snapshot.recoveryConflicts = [RecoveryConflicts()]
        snapshot.progress = [.make { $0.database = "x" }]
        snapshot.archiver = .make { ($0.lastFailedWAL, $0.lastArchivedWAL, $0.currentWAL) = ("x", "x", "x") }
        snapshot.io = [IOStatistics()]
        snapshot.activitySamples = [
            .make {
                $0.active = [.make { ($0.database, $0.role, $0.waitEventType, $0.waitEvent) = ("x", "x", "x", "x") }]
            }
        ]
        snapshot.activityProfile = .make {
            $0.entries = [.make { $0.activity = .make { ($0.database, $0.role, $0.waitEvent) = ("x", "x", "x") } }]
        }
        snapshot.lockHistory = lockHistory
        snapshot.loginHistory = .make { $0.groups = [.make { ($0.role, $0.client) = ("x", "x") }] }
        snapshot.indexAdvice = .make {
            ($0.sources, $0.notes, $0.refusal) = (["x"], ["x"], "x")
            $0.statements = [.make { ($0.note, $0.fingerprint) = ("x", "x") }]
            $0.recommendations = [.make { ($0.sql, $0.undo, $0.cautions) = (["x"], ["x"], ["x"]) }]
            $0.rejected = [RejectedCandidate()]
        }
        snapshot.notes = [.make { ($0.database, $0.remedy) = ("x", "x") }]
        return snapshot
    }

    private static var catalog: DatabaseCatalog {
        .make {
            $0.relations = [.make { ($0.viewDefinition, $0.options) = ("x", ["note": "x"]) }]
            $0.indexes = [
                .make {
                    ($0.constraint, $0.predicate, $0.definition) = ("x", "x", "x")
                    $0.columns = [.make { ($0.name, $0.expression, $0.operatorClassName) = ("x", "x", "x") }]
                }
            ]
            $0.constraints = [Constraint()]
            $0.columns = [Column()]
            $0.extensions = [.make { $0.availableVersion = "x" }]
            $0.functions = [.make { $0.body = .make { $0.calls = ["x"] } }]
            $0.policies = [.make { ($0.roles, $0.using, $0.check) = (["x"], "x", "x") }]
            $0.publicRights = [.make { $0.rights = ["x"] }]
        }
    }

    private static var lockHistory: LockHistory {
        let statement = LoggedStatement.make { $0.fingerprint = "x" }
        return .make {
            $0.deadlocks = [
                .make {
                    $0.database = "x"
                    $0.sessions = [
                        .make {
                            ($0.statement, $0.applications) = (statement, ["x"])
                            $0.wanted = .make { ($0.mode, $0.relationText) = ("x", "x") }
                        }
                    ]
                }
            ]
            $0.waits = [
                .make {
                    ($0.database, $0.applications, $0.statement) = ("x", ["x"], statement)
                    $0.holders = [
                        .make { $0.holder = .make { ($0.application, $0.role, $0.statement) = ("x", "x", statement) } }
                    ]
                }
            ]
            $0.failures = [.make { ($0.database, $0.statement, $0.applications) = ("x", statement, ["x"]) }]
            $0.cancelledVacuums = [CancelledVacuum()]
        }
    }

    /// The snapshot with another text at each place, by what stands there.
    static func changing<Value: Codable>(_ value: Value, _ change: (SnapshotField, [String]) -> String?) throws -> Value
    {
        let json = [UInt8](try JSONEncoder().encode(value))
        let changed = JSONStrings.changing(json) { place, _ in change(SnapshotField(place.keys), place.keys) }
        return try JSONDecoder().decode(Value.self, from: Data(changed!))
    }

    /// All its strings with their places, those within plans too.
    static func strings(_ value: some Codable) throws -> [(place: String, text: String)] {
        var found: [(String, String)] = []
        _ = JSONStrings.changing([UInt8](try JSONEncoder().encode(value))) { place, text in
            found.append((place.text, text))
            return nil
        }
        return found
    }
}
