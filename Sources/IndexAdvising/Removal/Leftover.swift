import Model

/// Where an index that cannot be used comes from.
package enum Leftover {
    /// `_ccnew` or `_ccold`: the other of the pair is in place.
    case ofReindex(partner: QualifiedName?)
    /// A valid index that is the same.
    case copy(of: QualifiedName)
    case failedBuild

    package init(_ index: Index, in catalog: DatabaseCatalog) {
        var asValid = index
        asValid.isValid = true
        let siblings = catalog.indexes.filter { $0.relation == index.relation && $0.isValid }
        let copy = siblings.first { IndexComparison.areCopies($0, asValid) }
        if let suffix = index.name.name.firstRange(of: #/_cc(?:new|old)[0-9]*$/#) {
            let stem = String(index.name.name[..<suffix.lowerBound])
            self = .ofReindex(partner: siblings.first { $0.name.name == stem }?.name ?? copy?.name)
        } else if let copy {
            self = .copy(of: copy.name)
        } else {
            self = .failedBuild
        }
    }

    package var meaning: String {
        switch self {
        case .ofReindex(let partner?): "REINDEX CONCURRENTLY made it; \(partner) is in place and does the work."
        case .ofReindex(nil): "REINDEX CONCURRENTLY made it."
        case .copy(let other): "\(other) is the same index, whole: this one is to go."
        case .failedBuild: "Statements that need it read the table instead."
        }
    }
}
