import Model

/// A subscription that does not apply what its publisher sends.
struct SubscriptionFailing: Rule {
    static let metadata = RuleMetadata(
        id: "capacity.subscription-failing",
        title: "Subscription does not apply changes",
        area: .capacity,
        needs: [.subscriptions],
        looksAt:
            "pg_subscription, the apply workers of pg_stat_subscription, the errors of pg_stat_subscription_stats (15 and up), "
            + "within the window or since their reset",
        why:
            "A change that cannot be applied (a key that is there already, a table or column that is missing) is tried again and again. "
            + "Nothing that follows arrives, the data drift apart, and the slot at the publisher keeps WAL until its disk is full.",
        limits:
            "One reading sees a worker that has just failed or that starts. Errors that were counted before the window are left out "
            + "where a worker runs. What the error is stands in the server's log alone. Subscriptions that somebody disabled and that "
            + "never failed are left alone. Errors are not counted before 15.",
        thresholds: [errors, silence],
        references: [
            "https://www.postgresql.org/docs/current/logical-replication-conflicts.html",
            "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SUBSCRIPTION-STATS",
        ])

    static let errors = Threshold(
        "errors within the window", 1, "errors",
        source: "the manual: a conflict stops the replication until it is resolved")
    static let silence = Threshold(
        "not heard from the publisher for", 300, "s",
        source: "our choice: five wal_receiver_timeouts; an idle publisher answers keepalives")

    func evaluate(_ observation: Observation) -> Outcome {
        guard let subscriptions = observation.snapshot.subscriptions else {
            return .inconclusive("subscriptions were not read")
        }
        guard !subscriptions.isEmpty else { return .absent }
        // A standby copies the catalog and runs no workers.
        guard !observation.snapshot.server.isInRecovery else { return .absent }
        return .findings(subscriptions.compactMap { finding($0, observation) })
    }

    private enum Trouble {
        case failing, stopped, disabled, silent(Double)
    }

    private func finding(_ subscription: Subscription, _ observation: Observation) -> Finding? {
        let then = observation.earlier?.subscriptions?.first {
            $0.name == subscription.name && $0.database == subscription.database
        }
        let total = (subscription.applyErrors ?? 0) + (subscription.syncErrors ?? 0)
        let before = then.map { ($0.applyErrors ?? 0) + ($0.syncErrors ?? 0) }
        // Fewer than before: they were reset in between.
        let new = before.map { total >= $0 ? total - $0 : total }
        let fails = Double(new ?? (subscription.worker == nil ? total : 0)) >= Self.errors.value
        let trouble: Trouble
        if !subscription.isEnabled {
            guard total > 0 else { return nil }
            trouble = .disabled
        } else if fails {
            trouble = .failing
        } else if subscription.worker == nil {
            trouble = .stopped
        } else if let age = subscription.lastMessageAge, age >= Self.silence.value {
            trouble = .silent(age)
        } else {
            return nil
        }
        return finding(subscription, trouble, errors: new ?? total, isWindow: new != nil)
    }

    private func finding(
        _ subscription: Subscription, _ trouble: Trouble, errors: Int64, isWindow: Bool
    ) -> Finding {
        let name = subscription.name
        let (title, why): (String, String) =
            switch trouble {
            case .failing:
                (
                    "subscription \(name) fails to apply changes",
                    "the worker of subscription \(name) failed \(Quantity.plural(Int(errors), "time")) \(isWindow ? "in the window" : "since the statistics' reset")"
                )
            case .stopped:
                ("no worker applies subscription \(name)", "subscription \(name) is enabled and no worker runs for it")
            case .disabled:
                (
                    "subscription \(name) is disabled after errors",
                    "subscription \(name) is disabled, and failed \(Quantity.plural(Int(errors), "time")) before"
                )
            case .silent(let age):
                (
                    "subscription \(name) has heard nothing for \(Quantity.seconds(age))",
                    "the worker of subscription \(name) has heard nothing from the publisher for \(Quantity.seconds(age))"
                )
            }
        let isSure = if case .stopped = trouble { false } else { true }
        return Finding(
            Self.metadata, severity: .warning, tier: .fix, title: title,
            objects: [ObjectReference(.slot, subscription.slot ?? name, in: subscription.database)],
            impact: Impact(1, .risk, "data drift apart"), confidence: isSure ? .high : .medium,
            summary:
                "Changes of the publisher do not arrive in database \(subscription.database): \(why). Meanwhile the publisher "
                + "keeps the WAL of slot \(subscription.slot ?? subscription.name), until its disk is full.",
            evidence: [
                Evidence("isEnabled", "enabled", .flag(subscription.isEnabled)),
                Evidence("worker", "a worker runs", .flag(subscription.worker != nil)),
                Evidence("errors", isWindow ? "errors in the window" : "errors since the reset", .count(errors)),
            ],
            notIf: "somebody is at work on it, or its tables are being copied for the first time",
            actions: actions(subscription), explains: [.cluster], identity: [name])
    }

    private func actions(_ subscription: Subscription) -> [Action] {
        let name = SQL.identifier(subscription.name)
        let verify =
            "SELECT subname, pid, received_lsn, last_msg_receipt_time FROM pg_catalog.pg_stat_subscription WHERE subname = "
            + "\(SQL.literal(subscription.name));"
        return [
            Action(
                .containment, "read the error in this server's log",
                steps: [
                    "Look for \"logical replication apply worker\" (before 16 \"logical replication worker\"): ERROR and CONTEXT name "
                        + "the table, the transaction and its LSN.",
                    "\"out of logical replication worker slots\": raise max_logical_replication_workers and max_worker_processes.",
                    "Watch the room on the publisher's disk of pg_wal meanwhile.",
                ], lock: LockNote.none, gain: Gain("what stands in the way is known", .ruleOfThumb), verify: verify),
            Action(
                .fix, "mend the row or the table here, then let it go on",
                sql: subscription.isEnabled ? [] : ["ALTER SUBSCRIPTION \(name) ENABLE;"],
                steps: [
                    "A duplicate key: remove or change the row here that stands in the way. A missing table or column: create it here.",
                    "ALTER SUBSCRIPTION \(name) SKIP (lsn = '…'); (15 and up) leaves out the whole transaction with all its rows: only "
                        + "when they can be brought in by hand.",
                ],
                lock: LockNote("ACCESS EXCLUSIVE on the subscription", "no table; other commands on this subscription"),
                gain: Gain("changes arrive again, and the publisher's WAL is released", .ruleOfThumb), verify: verify,
                undo: subscription.isEnabled ? nil : "ALTER SUBSCRIPTION \(name) DISABLE;",
                caution: "run it in database \(subscription.database)"),
            Action(
                .cure, "keep both sides alike",
                steps: [
                    "Write to the tables at one side only, and change their definition at the subscriber first.",
                    "disable_on_error (15 and up) stops at the first error instead of trying for ever: with an alarm on it.",
                ], gain: Gain("no more conflicts", .ruleOfThumb), verify: verify),
        ]
    }

    static let examples: [RuleExample] = [
        .fires("a duplicate key, again and again", on: "sub_orders") { $0.addSubscription(worker: nil, errors: 400) },
        .fires(
            "errors in the window", on: "sub_orders", before: { $0.addSubscription(worker: 90, errors: 10) },
            after: { $0.subscriptions?[0].applyErrors = 22 }),
        .fires("disabled by its first error", on: "sub_orders") {
            $0.addSubscription(worker: nil, errors: 1)
            $0.subscriptions?[0].isEnabled = false
        },
        .fires("no worker was free", on: "sub_orders") { $0.addSubscription(worker: nil, errors: 0) },
        .fires("the publisher is silent", on: "sub_orders") {
            $0.addSubscription(worker: 90, errors: 0)
            $0.subscriptions?[0].lastMessageAge = 4000
        },
        .silent("it applies") { $0.addSubscription(worker: 90, errors: 0) },
        .silent("errors of long ago") { $0.addSubscription(worker: 90, errors: 12) },
        .silent(
            "none in the window", before: { $0.addSubscription(worker: 90, errors: 10) }, after: { _ in }),
        .silent("disabled on purpose") {
            $0.addSubscription(worker: nil, errors: 0)
            $0.subscriptions?[0].isEnabled = false
        },
        .silent("a standby of the subscriber") {
            $0.addSubscription(worker: nil, errors: 0)
            $0.server.isInRecovery = true
        },
        .inconclusive("not read") { $0.subscriptions = nil },
    ]
}

extension Snapshot {
    fileprivate mutating func addSubscription(worker: Int?, errors: Int64) {
        subscriptions = [
            .make {
                $0.name = "orders"
                $0.database = "shop"
                $0.slot = "sub_orders"
                $0.worker = worker
                $0.applyErrors = errors
                $0.lastMessageAge = 2
            }
        ]
    }
}
