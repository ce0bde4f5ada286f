import Model
import Statements
package struct WriteModel: Sendable {
    package init(_ names: CatalogNames, _ s: [WorkloadStatement]) {}
    package func cost(of c: IndexCandidate) -> IndexWriteCost { IndexWriteCost() }
}
package enum IndexBuildTime {
    package static func estimate(_ c: IndexCandidate, _ n: CatalogNames) -> (least: Double, greatest: Double)? { nil }
}
