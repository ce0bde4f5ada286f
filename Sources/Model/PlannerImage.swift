/// What the planner of one database goes by: definitions, statistics, sizes and settings, and no row of data. Enough to build an
/// empty database elsewhere whose EXPLAIN gives the plans of this one.
package struct PlannerImage: Noun {
    package var database = ""
    /// As `server_version_num`: 150020.
    package var serverVersion = 0
    /// Bytes.
    package var blockSize = 8192
    package var encoding = "UTF8"
    /// `c` libc, `i` ICU, `b` built in.
    package var localeProvider = "c"
    package var collation = "C"
    package var characterType = "C"
    package var locale: String?
    /// What plans depend on, as `SHOW` prints it: `work_mem` → `4MB`.
    package var settings: [String: String] = [:]
    /// In the order in which they can be run on an empty database.
    package var definitions: [Definition] = []
    package var relations: [RelationImage] = []
    package var columns: [ColumnImage] = []
    package var extended: [ExtendedImage] = []
    /// What could not be read or cannot be shown, a sentence each.
    package var missing: [String] = []

    package init() {}

    /// One object.
    package struct Definition: Noun {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            case schema, `extension`, collation, type, domain, function, sequence, table, partition, index, constraint
            case statistics, view, foreignKey
        }

        package var kind = Kind.table
        /// Of the object itself; of constraints and indexes the name within the schema of its relation.
        package var name = QualifiedName("", "")
        /// One statement, every name quoted and qualified.
        package var sql = ""
        /// Literals stand in it (a predicate, a bound, a body), or stood before they were replaced.
        package var hasLiterals = false

        package init() {}
    }

    /// A table, materialised view, partition or index as `pg_class` has it.
    package struct RelationImage: Noun {
        package var name = QualifiedName("", "")
        /// `relkind`.
        package var kind = "r"
        package var pages: Int64 = 0
        /// `reltuples`; -1: never vacuumed or analysed.
        package var tuples = -1.0
        package var allVisiblePages: Int64 = 0
        /// Pages of the main fork by the file's size, which is what the planner takes; nil: not read.
        package var filePages: Int64?

        package init() {}
    }

    /// A row of `pg_statistic`.
    package struct ColumnImage: Noun {
        package var relation = QualifiedName("", "")
        /// Of an index on expressions: the index's own column.
        package var column = ""
        package var number = 0
        /// Of the children too (`stainherit`).
        package var isInherited = false
        /// `format_type` without its modifier, qualified: `pg_catalog.int4`.
        package var type = ""
        package var typeCategory = ""
        package var collation: String?
        package var nullFraction = 0.0
        /// Bytes.
        package var width = 0
        /// `stadistinct`: negative means a share of the rows.
        package var distinct = 0.0
        package var slots: [Slot] = []

        package init() {}
    }

    /// A slot of `pg_statistic`, at most five a column.
    package struct Slot: Noun {
        /// `stakind`: 1 most common values, 2 histogram, 3 correlation, 4 common elements, 5 histogram of element counts, 6 and 7 of ranges.
        package var kind = 0
        /// The operator, as `oid::regoperator` prints it under `search_path = pg_catalog`: `<(integer,integer)`,
        /// `public.=(public.citext,public.citext)`; nil: 0.
        package var `operator`: String?
        /// `pg_catalog."C"`; nil: 0.
        package var collation: String?
        /// `stanumbers`: frequencies, or the correlation.
        package var numbers: [Double]?
        /// `stavalues` as texts, in the order in which they stand there; nil: none, or taken out (`isWithoutValues`).
        package var values: [String]?
        /// Of the values, which of elements is not the column's own: `pg_catalog.text`.
        package var valueType: String?
        /// It had values, which were taken out: they could not be replaced by surrogates.
        package var isWithoutValues = false

        package init() {}
    }

    /// What extended statistics know beyond their definition, as `pg_stats_ext` prints it; their most common values are left out.
    package struct ExtendedImage: Noun {
        package var name = QualifiedName("", "")
        /// Of the children too (`stxdinherit`).
        package var isInherited = false
        /// `attnum` of its columns at the source, and their names, place by place; expressions count from -1 down.
        package var numbers: [Int] = []
        package var columns: [String] = []
        /// `{"1, 2": 53}`
        package var distinct: String?
        /// `{"1 => 2": 1.000000}`
        package var dependencies: String?

        package init() {}
    }
}
