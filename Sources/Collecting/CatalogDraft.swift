import Foundation
import Model
import PostgresClient

/// One database's catalog as its rows come in: they name each other by OID, and `finished` puts the names in.
struct CatalogDraft {
    struct KeyColumn: Sendable {
        var name: String
        var type: String
        var collation: Int64
    }

    struct ColumnKey: Hashable, Sendable {
        var relation: Int64
        var number: Int64
    }

    /// What an index is made of beside columns, as the server has it.
    private struct IndexTexts: Hashable {
        var relation: QualifiedName
        var predicate: String?
        var expressions: [String?]
    }

    private(set) var relations: [Relation] = []
    private(set) var indexes: [Index] = []
    /// OID → place in `relations` or `indexes`.
    private var relationPlaces: [Int64: Int] = [:]
    private var indexPlaces: [Int64: Int] = [:]
    private var relationRows: [Row] = []
    private var columnCounts: [Int64: Int] = [:]
    private var indexRows: [Row] = []
    private var keyColumns: [ColumnKey: KeyColumn] = [:]
    private var constraintRows: [Row] = []
    private var constraints: [Constraint] = []
    private var sequenceRows: [Row] = []
    private var operatorClassNames: [Int64: String] = [:]
    /// Equal texts get equal numbers: the comparison outlives the redaction, the texts do not.
    private var textClasses: [IndexTexts: Int] = [:]
    /// OIDs of the indexes whose definition we cannot write ourselves.
    private(set) var indexesWithText: Set<Int64> = []
    var triggers: [DisabledTrigger] = []
    var extensions: [Extension] = []
    var functions: [Function]?
    var publicRights: [PublicRight]?
    var policies: [Policy]?
    var partitionBounds: [PartitionBounds]?
    private(set) var columns: [Column] = []
    /// Relations of which at least one column is hidden from us, so that its statistics are too.
    private(set) var unreadableRelations: Set<QualifiedName> = []
    /// Sequences whose value our role may not see.
    private(set) var unreadableSequences = 0
    /// Sequences that were beyond the limit of what is read.
    private(set) var unreadSequences = 0

    // MARK: Rows come in

    mutating func takeRelations(_ rows: [Row], decoded: [Relation]) throws {
        relations = decoded
        relationRows = rows
        for (place, relation) in relations.enumerated() {
            relationPlaces[relation.oid] = place
            let columnCount = try rows[place].int("column_count")
            columnCounts[relation.oid] = columnCount
            relations[place].columnCount = columnCount
        }
    }

    mutating func takeIndexes(_ rows: [Row], decoded: [Index]) {
        indexes = decoded
        indexRows = rows
        for (place, index) in indexes.enumerated() { indexPlaces[index.oid] = place }
    }

    mutating func takeKeyColumns(_ columns: [ColumnKey: KeyColumn]) { keyColumns = columns }

    mutating func takeConstraints(_ rows: [Row]) { constraintRows = rows }

    mutating func takeSequences(_ rows: [Row]) throws {
        sequenceRows = rows
        unreadSequences = max(0, try rows.reduce(0) { try $1.bool("is_beyond_limit") ? $0 + 1 : $0 })
        unreadableSequences = try rows.reduce(0) { try $1.bool("is_readable") ? $0 : $0 + 1 }
    }

    mutating func takeOperatorClasses(_ rows: [Row]) throws {
        for row in rows { operatorClassNames[try row.int64("oid")] = try row.string("name") }
    }

    mutating func takeSizes(_ rows: [Row]) throws {
        for row in rows {
            let oid = try row.int64("oid")
            let size = try row.int64IfPresent("size")
            if let place = relationPlaces[oid] { relations[place].size = size }
            if let place = indexPlaces[oid] { indexes[place].size = size }
        }
    }

    mutating func takeColumns(_ rows: [Row]) throws {
        for row in rows {
            guard let place = relationPlaces[try row.int64("relation")] else { continue }
            let name = relations[place].name
            columns.append(try Column(row, relation: name))
            if try !row.bool("is_readable") { unreadableRelations.insert(name) }
        }
    }

    /// Definitions, predicates and expressions come redacted from `redact`.
    mutating func takeIndexExpressions(_ rows: [Row], texts: TextRedaction) throws {
        for row in rows {
            guard let place = indexPlaces[try row.int64("oid")] else { continue }
            let definition = texts.definition(try row.string("definition"))
            indexes[place].definition = definition.text
            indexes[place].hasLiterals = definition.hasLiterals
            let predicate = try row.stringIfPresent("predicate")
            indexes[place].predicate = predicate.flatMap { texts.expression($0) }
            let expressions = TextArray.elements(of: try row.string("expressions")) ?? []
            let whole = IndexTexts(
                relation: indexes[place].relation, predicate: predicate, expressions: expressions)
            indexes[place].textClass = textClasses[whole, default: textClasses.count]
            textClasses[whole] = indexes[place].textClass
            for (number, expression) in expressions.enumerated() where number < indexes[place].columns.count {
                indexes[place].columns[number].expression = expression.flatMap { texts.expression($0) }
            }
        }
    }

    mutating func takeViewDefinitions(_ rows: [Row], texts: TextRedaction) throws {
        for row in rows {
            guard let place = relationPlaces[try row.int64("oid")] else { continue }
            relations[place].viewDefinition = texts.statement(try row.string("definition"))
        }
    }

    // MARK: Names

    /// The name of a relation or index of this database.
    func name(ofOID oid: Int64) -> QualifiedName? {
        if let place = relationPlaces[oid] { return relations[place].name }
        return indexPlaces[oid].map { indexes[$0].name }
    }

    func isIndex(_ oid: Int64) -> Bool { indexPlaces[oid] != nil }

    func columnCount(of oid: Int64) -> Int { columnCounts[oid] ?? 0 }

    func relation(ofOID oid: Int64) -> Relation? { relationPlaces[oid].map { relations[$0] } }

    func oids(ofViews names: Set<QualifiedName>) -> [Int64] {
        relations.lazy.filter { $0.kind == .view && !$0.isSystem && names.contains($0.name) }.map(\.oid)
    }

    mutating func markLocked(_ oid: Int64) {
        if let place = relationPlaces[oid] { relations[place].isLocked = true }
    }

    /// Puts names in place of OIDs in what the second trip told.
    mutating func resolve(roles: [Int64: String]) throws {
        try resolveRelations(roles: roles)
        try resolveIndexes()
        constraints = try resolvedConstraints()
    }

    private mutating func resolveRelations(roles: [Int64: String]) throws {
        for (place, row) in relationRows.enumerated() {
            let owner = try row.int64("owner")
            relations[place].owner = roles[owner] ?? String(owner)
            if let root = try row.int64IfPresent("partition_root"), let found = relationPlaces[root] {
                relations[place].partitionRoot = relations[found].name
            }
            if let toast = try row.int64IfPresent("toast"), let found = relationPlaces[toast] {
                relations[place].toastSize = relations[found].pages * 8192
                relations[found].toastOwner = relations[place].name
            }
        }
        relationRows = []
    }

    private mutating func resolveIndexes() throws {
        for (place, row) in indexRows.enumerated() {
            let table = try row.int64("relation")
            if let found = relationPlaces[table] {
                indexes[place].relation = relations[found].name
                relations[found].counters.indexScans += indexes[place].counters.scans
                relations[found].counters.indexTuplesFetched += indexes[place].counters.tuplesFetched
            }
            if let parent = try row.int64IfPresent("parent"), let found = indexPlaces[parent] {
                indexes[place].parent = indexes[found].name
            }
            indexes[place].columns = try indexColumns(row, table: table)
            if try row.bool("has_expressions") || row.bool("has_predicate") || isPeculiar(indexes[place], row, table) {
                indexesWithText.insert(indexes[place].oid)
            } else {
                indexes[place].definition = IndexDefinition.text(of: indexes[place])
            }
        }
        indexRows = []
    }

    /// A key has an operator class or a collation that is not the default of its column.
    private func isPeculiar(_ index: Index, _ row: Row, _ table: Int64) throws -> Bool {
        if index.keys.contains(where: { $0.operatorClassName != nil }) { return true }
        let columns = numbers(of: try row.string("columns")).prefix(index.keyCount)
        return zip(columns, index.keys).contains { number, key in
            guard key.collation != 0 else { return false }
            return keyColumns[ColumnKey(relation: table, number: number)]?.collation != key.collation
        }
    }

    private func indexColumns(_ row: Row, table: Int64) throws -> [IndexColumn] {
        let classes = numbers(of: try row.string("operator_classes"))
        let collations = numbers(of: try row.string("collations"))
        let ordering = numbers(of: try row.string("ordering"))
        return numbers(of: try row.string("columns")).enumerated().map { place, number in
            var column = IndexColumn()
            column.name = number == 0 ? nil : keyColumns[ColumnKey(relation: table, number: number)]?.name
            guard place < classes.count else { return column }
            column.operatorClass = classes[place]
            column.operatorClassName = operatorClassNames[classes[place]]
            column.collation = place < collations.count ? collations[place] : 0
            // INDOPTION_DESC and INDOPTION_NULLS_FIRST of PostgreSQL's pg_index.h.
            let option = place < ordering.count ? ordering[place] : 0
            column.isDescending = option & 1 != 0
            column.isNullsFirst = option & 2 != 0
            return column
        }
    }

    // MARK: Finished

    func finished(database: String) throws -> DatabaseCatalog {
        var catalog = DatabaseCatalog()
        catalog.database = database
        catalog.indexes = indexes
        catalog.constraints = constraints
        catalog.sequences = try finishedSequences()
        catalog.relations = relations
        let fed = Set(catalog.sequences.compactMap(\.column))
        catalog.columns = columns.map { column in
            var column = column
            column.isGenerated =
                column.isGenerated || fed.contains(ColumnReference(column.relation, column.name))
            return column
        }
        catalog.extensions = extensions
        catalog.disabledTriggers = triggers
        catalog.functions = functions
        catalog.publicRights = publicRights
        catalog.policies = policies
        catalog.partitionBounds = partitionBounds
        return catalog
    }

    private mutating func resolvedConstraints() throws -> [Constraint] {
        let rows = constraintRows
        constraintRows = []
        return try rows.compactMap { row in
            let table = try row.int64("relation")
            guard let place = relationPlaces[table], let kind = Constraint.Kind(rawValue: try row.string("kind")) else {
                return nil
            }
            var constraint = Constraint()
            constraint.name = try row.string("name")
            constraint.kind = kind
            constraint.relation = relations[place].name
            let columns = keyColumns(try row.stringIfPresent("columns"), of: table)
            constraint.columns = columns.map(\.name)
            constraint.columnTypes = columns.map(\.type)
            constraint.isValidated = try row.bool("is_validated")
            constraint.isDeferrable = try row.bool("is_deferrable")
            constraint.isInherited = try row.bool("is_inherited")
            if let referenced = try row.int64IfPresent("referenced_relation"), kind == .foreignKey {
                constraint.referencedRelation = name(ofOID: referenced)
                constraint.onDelete = try row.string("on_delete")
                constraint.onUpdate = try row.string("on_update")
                constraint.match = try row.string("match")
                let columns = keyColumns(try row.stringIfPresent("referenced_columns"), of: referenced)
                constraint.referencedColumns = columns.map(\.name)
                constraint.referencedColumnTypes = columns.map(\.type)
            }
            if let index = try row.int64IfPresent("index"), let found = indexPlaces[index] {
                // Of a foreign key it is the index that it refers to, else the one that enforces it.
                if kind == .foreignKey {
                    indexes[found].referencedByForeignKeys += 1
                } else {
                    indexes[found].constraint = constraint.name
                }
            }
            return constraint
        }
    }

    private func keyColumns(_ array: String?, of relation: Int64) -> [KeyColumn] {
        guard let array else { return [] }
        return numbers(of: array).compactMap { keyColumns[ColumnKey(relation: relation, number: $0)] }
    }

    private func finishedSequences() throws -> [DatabaseSequence] {
        try sequenceRows.map { row in
            var sequence = DatabaseSequence()
            sequence.name = QualifiedName(try row.string("schema"), try row.string("name"))
            sequence.type = try row.string("type")
            sequence.lastValue = try row.int64IfPresent("last_value")
            sequence.minimum = try row.int64("minimum")
            sequence.maximum = try row.int64("maximum")
            sequence.increment = try row.int64("increment")
            sequence.cycles = try row.bool("cycles")
            if let owner = try row.int64IfPresent("owner_relation").flatMap({ name(ofOID: $0) }),
                let column = try row.stringIfPresent("owner_column")
            {
                sequence.column = ColumnReference(owner, column)
                sequence.columnType = try row.stringIfPresent("owner_type")
            }
            return sequence
        }
    }
}
