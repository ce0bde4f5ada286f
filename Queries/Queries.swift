/// A question that we ask a server. Its text stands in `Queries/<name>.pgNN.sql`; of several, the highest `NN` that is
/// not above the server's major version is the one that is sent.
///
/// `statements` and `statement_texts` follow the version of the *extension*, which may be older than the server: see
/// `major(ofStatementsExtension:)`.
package enum CatalogQuery: String, CaseIterable, Sendable, Hashable {
    case server
    case systemIdentifier = "system_identifier"
    case settings
    case fileErrors = "file_errors"
    case roleSettings = "role_settings"
    case databases
    case roles
    case extensions
    case statements
    case statementTexts = "statement_texts"
    case statementsInfo = "statements_info"
    case relations
    case indexes
    case indexExpressions = "index_expressions"
    case keyColumns = "key_columns"
    case operatorClasses = "operator_classes"
    case constraints
    case columns
    case columnValues = "column_values"
    case textOrder = "text_order"
    case sizes
    case heapFill = "heap_fill"
    case indexFill = "index_fill"
    case viewDefinitions = "view_definitions"
    case sequences
    case disabledTriggers = "disabled_triggers"
    case foreignFunctions = "foreign_functions"
    case functions
    case policies
    case publicRights = "public_rights"
    case partitionBounds = "partition_bounds"
    case hostRules = "host_rules"
    case backends
    case busyBackends = "busy_backends"
    case queuedLocks = "queued_locks"
    case heldLocks = "held_locks"
    case relationNames = "relation_names"
    case locks
    case lockCounts = "lock_counts"
    case preparedTransactions = "prepared_transactions"
    case replicationSlots = "replication_slots"
    case standbys
    case recovery
    case databaseConflicts = "database_conflicts"
    case subscriptions
    case walDirectory = "wal_directory"
    case progress
    case checkpointer
    case wal
    case archiver
    case io
    case slru
    case bufferUsage = "buffer_usage"
    case activitySample = "activity_sample"
    case waitSampling = "wait_sampling"
    case kernelStatements = "kernel_statements"
    case logTail = "log_tail"
    case imageDatabase = "image_database"
    case imageSettings = "image_settings"
    case imageSchemas = "image_schemas"
    case imageTypes = "image_types"
    case imageFunctions = "image_functions"
    case imageTables = "image_tables"
    case imageIndexes = "image_indexes"
    case imageConstraints = "image_constraints"
    case imageViews = "image_views"
    case imageDependencies = "image_dependencies"
    case imageRelations = "image_relations"
    case imageLeftOut = "image_left_out"
    case imageColumns = "image_columns"
    case imageExtendedStatistics = "image_extended_statistics"

    /// No file of the query serves the version.
    package struct MissingVariant: Error, Equatable, CustomStringConvertible {
        package var query: CatalogQuery
        package var major: Int
        package var description: String { "no variant of the query \(query.rawValue) for PostgreSQL \(major)" }
    }

    /// A comment inside each of our statements: pg_stat_statements keeps it, so that our entries can be told from others.
    package static let mark = "/* pgmedic */"

    /// Read for a case alone: what the planner goes by, users' values among it.
    package var isOfCasesAlone: Bool { self == .textOrder || rawValue.hasPrefix("image_") }

    /// Major versions at which a variant begins, ascending.
    package var variants: [Int] { Self.variantsByName[rawValue] ?? [] }

    /// The file for a server (or, of the two about statements, extension) of the major version.
    package func fileName(forMajor major: Int) throws(MissingVariant) -> String {
        guard let variant = variants.last(where: { $0 <= major }) else {
            throw MissingVariant(query: self, major: major)
        }
        return "\(rawValue).pg\(variant).sql"
    }

    /// The statement for the version, without the file's heading.
    ///
    /// - Parameter variables: put in place of `:"name"` (an identifier, quoted), `:'name'` (a literal, quoted) and `:name`
    ///   (a number), as psql does; the quoting is the caller's.
    package func sql(forMajor major: Int, variables: [Variable] = []) throws(MissingVariant) -> String {
        var text = Self.bodies[try fileName(forMajor: major)] ?? ""
        for variable in variables { text = variable.replaced(in: text) }
        return text
    }

    /// What stands in place of a variable of a file.
    package struct Variable: Sendable {
        private let mark: String
        private let value: String

        package static func identifier(_ name: String, _ value: String) -> Self {
            let doubled = value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            return Self(mark: ":\"\(name)\"", value: "\"\(doubled)\"")
        }

        package static func number(_ name: String, _ value: Int) -> Self {
            Self(mark: ":\(name)", value: String(value))
        }

        /// An array of OIDs.
        package static func oids(_ name: String, _ values: [Int64]) -> Self {
            Self(mark: ":'\(name)'", value: "'{" + values.map(String.init).joined(separator: ",") + "}'")
        }

        /// An array of texts.
        package static func names(_ name: String, _ values: [String]) -> Self {
            let elements = values.map { value in
                "\"" + value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
            }
            let literal = ("{" + elements.joined(separator: ",") + "}").flatMap { $0 == "'" ? ["'", "'"] : [$0] }
            return Self(mark: ":'\(name)'", value: "'" + String(literal) + "'")
        }

        func replaced(in text: String) -> String {
            guard text.utf8.contains(UInt8(ascii: ":")) else { return text }
            var result = ""
            var rest = text[...]
            while let found = rest.firstRange(of: mark) {
                result += rest[..<found.lowerBound] + value
                rest = rest[found.upperBound...]
            }
            return result + rest
        }
    }

    /// The PostgreSQL version that brought the version of pg_stat_statements; nil for one too old (below 1.8) or not
    /// understood.
    package static func major(ofStatementsExtension version: String) -> Int? {
        let parts = version.split(separator: ".").map { Int($0) }
        guard parts.count == 2, let first = parts[0], let second = parts[1] else { return nil }
        // https://github.com/postgres/postgres/tree/master/contrib/pg_stat_statements: 1.8 came with 13, 1.9 with 14,
        // 1.10 with 15, 1.11 with 17, 1.12 with 18.
        switch (first, second) {
        case (1, 8): return 13
        case (1, 9): return 14
        case (1, 10): return 15
        case (1, 11): return 17
        case (1, 12...), (2..., _): return 18
        default: return nil
        }
    }

    /// The files without their headings.
    private static let bodies: [String: String] = queryFiles.mapValues { file in
        var text = file.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0.hasPrefix("--") }
            .joined(separator: "\n")
        while text.last == "\n" { text.removeLast() }
        return text
    }

    private static let variantsByName: [String: [Int]] = {
        var variants: [String: [Int]] = [:]
        for file in queryFiles.keys {
            let parts = file.split(separator: ".")
            guard parts.count == 3, parts[1].hasPrefix("pg"), let major = Int(parts[1].dropFirst(2)) else { continue }
            variants[String(parts[0]), default: []].append(major)
        }
        return variants.mapValues { $0.sorted() }
    }()
}

/// Every embedded file, for the tests that run each of them: name → text.
package var embeddedQueryFiles: [String: String] { queryFiles }
