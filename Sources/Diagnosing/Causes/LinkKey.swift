import Model

/// What joins a cause with its symptoms.
package enum LinkKey: Codable, Sendable, Hashable {
    /// A backend, within one snapshot only.
    case backend(Int)
    /// Statement by fingerprint (or queryid where there is none), with its database.
    case statement(String, database: String)
    case relation(QualifiedName, database: String)
    case index(QualifiedName, database: String)
    case column(QualifiedName, String, database: String)
    /// The oldest xmin that keeps dead tuples alive.
    case horizon
    case setting(String)
    /// Dead tuples of a relation, as against other trouble with it.
    case deadTuples(QualifiedName, database: String)
    /// What the planner knows of a relation.
    case statistics(QualifiedName, database: String)
    /// The server's WAL.
    case wal
    case slot(String)
    /// By its gid.
    case preparedTransaction(String)
    case cluster
}

extension LinkKey {
    var isBackend: Bool { if case .backend = self { true } else { false } }

    /// How much it says that two findings name it: the same session at the same moment much, the same table little.
    var telling: Int {
        switch self {
        case .backend, .slot, .preparedTransaction: 4
        case .horizon: 3
        case .statement, .setting, .deadTuples, .statistics, .wal: 2
        case .index, .column: 1
        case .relation, .cluster: 0
        }
    }

    /// As a report names it.
    package var words: String {
        switch self {
        case .backend(let pid): "session \(pid)"
        case .statement: "the same statement"
        case .relation(let name, _): name.description
        case .index(let name, _): "index \(name)"
        case .column(let relation, let column, _): "\(relation).\(column)"
        case .horizon: "the xmin horizon"
        case .setting(let name): name
        case .deadTuples(let name, _): "dead rows of \(name)"
        case .statistics(let name, _): "statistics of \(name)"
        case .wal: "WAL"
        case .slot(let name): "slot \(name)"
        case .preparedTransaction(let gid): "prepared transaction \(gid)"
        case .cluster: "the server"
        }
    }
}
