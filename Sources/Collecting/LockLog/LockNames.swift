import Model

/// A relation as a message names it.
enum LoggedRelation: Hashable {
    case oid(Int64, database: Int64?)
    /// A table or an index, without its schema.
    case named(String)
    /// As `named`, in a text that may be another one than we take it for: not to be shown unless the catalog has it.
    case guessed(String)
    case qualified(QualifiedName)
}

/// The catalog's names for what a log says of relations and databases.
struct LockNames {
    private var databases: [Int64: String] = [:]
    private var byOID: [String: [Int64: QualifiedName]] = [:]
    private var byName: [String: [String: Set<QualifiedName>]] = [:]

    init(_ snapshot: Snapshot) {
        for database in snapshot.databases { databases[database.oid] = database.name }
        for catalog in snapshot.catalogs {
            var oids: [Int64: QualifiedName] = [:]
            var names: [String: Set<QualifiedName>] = [:]
            for relation in catalog.relations {
                oids[relation.oid] = relation.name
                names[relation.name.name, default: []].insert(relation.name)
            }
            // A key that another transaction is inserting is a lock of the table's to who reads it.
            for index in catalog.indexes {
                oids[index.oid] = index.relation
                names[index.name.name, default: []].insert(index.relation)
            }
            byOID[catalog.database] = oids
            byName[catalog.database] = names
        }
    }

    /// A table as autovacuum's messages name it, `shop.public.orders`; nil where it is in none of the catalogs.
    func vacuumed(_ text: String) -> (database: String, name: QualifiedName)? {
        for database in byName.keys.sorted() where text.hasPrefix(database + ".") {
            let rest = text.dropFirst(database.count + 1)
            // Names may hold dots: the catalog tells where the schema ends.
            for place in rest.indices where rest[place] == "." {
                let name = QualifiedName(String(rest[..<place]), String(rest[rest.index(after: place)...]))
                if byName[database]?[name.name]?.contains(name) ?? false { return (database, name) }
            }
        }
        return nil
    }

    func database(_ oid: Int64?) -> String? { oid.flatMap { databases[$0] } }

    /// The name, or the message's own words where the catalog does not tell, or tells two.
    func resolve(_ relation: LoggedRelation?, in database: String?) -> (name: QualifiedName?, text: String?) {
        switch relation {
        case nil: return (nil, nil)
        case .qualified(let name): return (name, nil)
        case .oid(let oid, let place):
            guard let found = (self.database(place) ?? database).flatMap({ byOID[$0]?[oid] }) else {
                return (nil, "relation \(oid)")
            }
            return (found, nil)
        case .guessed(let name): return (resolve(.named(name), in: database).name, nil)
        case .named(let name):
            let candidates = database.flatMap { byName[$0]?[name] } ?? []
            return candidates.count == 1 ? (candidates.first, nil) : (nil, name)
        }
    }
}
