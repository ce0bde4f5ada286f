import Foundation

/// A line of pg_hba.conf, without its options.
package struct HostRule: Noun {
    package var line = 0
    /// `local`, `host`, `hostssl`, `hostnossl`, `hostgssenc`, `hostnogssenc`
    package var type = "host"
    package var databases: [String] = []
    package var roles: [String] = []
    /// `10.0.0.0`, a host's name, `all`, `samehost`, `samenet`; nil of local lines.
    package var address: String?
    package var netmask: String?
    /// `scram-sha-256`, `trust`, `md5`, …
    package var method = ""
    /// The line cannot be read.
    package var isFaulty = false
    package init() {}
}

/// A function that runs with its owner's rights, or one in SQL that is marked VOLATILE.
package struct Function: Noun {
    /// What an SQL body does; its text is not kept.
    package struct Body: Noun {
        /// It changes no rows and locks none.
        package var onlyReads = false
        package var namesTables = false
        /// Functions that it calls, as written.
        package var calls: [String] = []
        package init() {}
    }

    package var name = QualifiedName("", "")
    /// `integer, text`, as ALTER FUNCTION takes them.
    package var arguments = ""
    /// `f` function, `p` procedure, `a` aggregate, `w` window function.
    package var kind = "f"
    package var owner = ""
    package var isOwnedBySuperuser = false
    package var language = "sql"
    package var isSecurityDefiner = false
    /// `i` immutable, `s` stable, `v` volatile.
    package var volatility = "v"
    package var returnsSet = false
    /// It has a search_path of its own.
    package var pinsSearchPath = false
    /// Every role may call it.
    package var isPublic = true
    /// nil: not one in SQL that is VOLATILE, or it could not be read.
    package var body: Body?
    package init() {}
}

/// A row security policy. Expressions are redacted.
package struct Policy: Noun {
    package var relation = QualifiedName("", "")
    package var name = ""
    package var isPermissive = true
    /// `r` SELECT, `a` INSERT, `w` UPDATE, `d` DELETE, `*` all.
    package var command = "*"
    /// `public` for every role.
    package var roles: [String] = []
    package var using: String?
    package var check: String?
    package init() {}
}

/// What every role may do.
package struct PublicRight: Noun {
    package var schema = ""
    /// nil: the right is on the schema.
    package var relation: QualifiedName?
    /// `CREATE`, `INSERT`, `UPDATE`, …
    package var rights: [String] = []
    package init() {}
}

/// How far the partitions of a table reach that is partitioned by ranges of one date or timestamp.
package struct PartitionBounds: Noun {
    package var relation = QualifiedName("", "")
    package var column = ""
    /// `date`, `timestamp with time zone`, `timestamp without time zone`
    package var type = ""
    package var defaultPartition: QualifiedName?
    package var partitions = 0
    /// A partition reaches to MAXVALUE.
    package var isOpenEnded = false
    /// Of the newest partition, in UTC where the type has no zone; nil: no bound is a moment.
    package var newestStart: Date?
    package var newestEnd: Date?
    package init() {}
}
