import Diagnosing

/// How `pgmedic sweep` goes through the targets, and whom it tells.
package struct SweepSettings: Sendable, Equatable {
    /// Visits at a time. A visit mostly waits for its server, and holds a connection of it; judging takes a core of ours. Four
    /// is what a careful DBA lets `xargs -P4 psql` do, and what we are measured against.
    package var parallel = 4
    /// s for the visit of a target, from connecting to the last answer. A visit is done in a second or two; the second reading
    /// of a slow one must not reach into the next sweep.
    package var deadline = 60.0
    /// s for a query on the server, as of `diagnose`.
    package var queryTimeout = 5.0
    /// No plans, no samples, no what-if.
    package var viewsOnly = false
    /// s: a random pause before the first visit, of so much at most, so that many sweepers do not start in one instant.
    package var jitter = 0.0
    /// s between two sweeps, as the timer has it; nil: not told. A target that was visited within the last half of it is done:
    /// the next run of a sweep that was killed goes on, and sweepers that share a store share the work.
    package var every: Double?
    /// Further attempts of a target that cannot be reached, within its deadline.
    package var retries = 1
    package var backoff = Backoff()
    package var failOn = SeverityLimit.never
    /// The least severity of a change that is told.
    package var tell = Severity.warning
    /// Roles whose statements are reported apart.
    package var reportRoles: [String] = []
    package var reports: Reports?
    package var webhook: Webhook?
    /// The folder that node_exporter's textfile collector reads.
    package var textfile: String?
    package var mail: Mail?

    package init() {}

    /// How long a target that failed is left alone: `first`, and twice as long after each further failure, `most` at most.
    ///
    /// Capped exponential backoff: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/. A minute, so that
    /// a server that was restarted is seen by the next sweep; an hour, so that one that is back is seen the same shift.
    package struct Backoff: Sendable, Equatable {
        /// s
        package var first = 60.0
        /// s
        package var most = 3600.0

        package init(first: Double = 60, most: Double = 3600) {
            self.first = first
            self.most = most
        }
    }

    package struct Reports: Sendable, Equatable {
        package enum Keep: Sendable, Equatable {
            /// s
            case age(Double)
            /// Of a target.
            case count(Int)
        }

        package enum Format: String, Sendable, CaseIterable {
            case html, json, markdown
        }

        package var folder: String
        package var keep = Keep.age(30 * 86_400)
        package var formats: [Format] = [.html, .json]

        package init(folder: String) { self.folder = folder }
    }

    package struct Webhook: Sendable, Equatable {
        /// Where it is posted to. It may be a secret itself, and is never shown.
        package enum Address: Sendable, Equatable {
            case url(String)
            /// A file that holds the URL.
            case file(String)
        }

        package var address: Address
        /// s for an attempt.
        package var timeout = 10.0
        package var retries = 3

        package init(_ address: Address) { self.address = address }
    }

    package struct Mail: Sendable, Equatable {
        /// nil: sendmail says who we are.
        package var from: String?
        package var to: [String] = []
        package var subjectPrefix = "[pgmedic]"

        package init() {}
    }
}

/// From which severity on a run ends with 1.
package enum SeverityLimit: String, Sendable, CaseIterable {
    case critical, warning, never

    package var severity: Severity? { Severity(rawValue: rawValue) }
}

/// What holds for one target alone; nil: as for all.
package struct TargetSweepSettings: Sendable, Equatable {
    package var deadline: Double?
    package var queryTimeout: Double?
    package var viewsOnly: Bool?
    package var failOn: SeverityLimit?
    package var tell: Severity?
    package var reportRoles: [String]?

    package init() {}
}

/// Databases of a target's server beside the DSN's own.
package enum OtherDatabases: Sendable, Equatable {
    case named([String])
    case all
}
