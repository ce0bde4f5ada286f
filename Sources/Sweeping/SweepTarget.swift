import Configuration
import Diagnosing
import Foundation
import Model
import Recommending

/// A target as a sweep visits it: what pgmedic.yaml says of it, over what it says of all.
package struct SweepTarget: Sendable, Equatable {
    package var name: String
    package var dsn: String
    package var tags: [String] = []
    package var databases = OtherDatabases.named([])
    package var hostFacts = HostFacts()
    package var suppressions: [Suppression] = []
    package var thresholds = ThresholdAdjustments()
    /// s
    package var deadline: Double
    /// s
    package var queryTimeout: Double
    package var viewsOnly: Bool
    package var failOn: SeverityLimit
    package var tell: Severity
    package var reportRoles: [String]

    package init(_ target: ProjectFile.Target, of project: ProjectFile) {
        let own = target.sweep
        let all = project.sweep
        name = target.name
        dsn = target.dsn
        tags = target.tags
        databases = target.databases
        hostFacts = project.hostFacts(of: target.name)
        suppressions = project.suppressions(of: target.name)
        thresholds = project.thresholds(of: target.name)
        deadline = own.deadline ?? all.deadline
        queryTimeout = own.queryTimeout ?? all.queryTimeout
        viewsOnly = own.viewsOnly ?? all.viewsOnly
        failOn = own.failOn ?? all.failOn
        tell = own.tell ?? all.tell
        reportRoles = own.reportRoles ?? all.reportRoles
    }
}
