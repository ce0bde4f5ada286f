import Model
import Statements

/// A database service that runs the server for its customers, and keeps superuser, files and restarts to itself.
///
/// Told by the roles and settings that each brings along; which those are stands in their documentation.
package enum ManagedService: String, Sendable, CaseIterable {
    case aurora = "Amazon Aurora"
    case rds = "Amazon RDS"
    case alloyDB = "Google AlloyDB"
    case cloudSQL = "Google Cloud SQL"
    case azure = "Azure Database for PostgreSQL"
    case supabase = "Supabase"
    case neon = "Neon"
    case heroku = "Heroku Postgres"
    case digitalOcean = "DigitalOcean"
    case aiven = "Aiven"
    case tiger = "Tiger Cloud (Timescale)"

    package init?(_ snapshot: Snapshot) {
        let roles = Set(snapshot.roles.map(\.name))
        let settings = snapshot.settings.map(\.name)
        func hasSetting(_ prefix: String) -> Bool { settings.contains { $0.hasPrefix(prefix) } }
        let isRDS = roles.contains("rdsadmin") || hasSetting("rds.")
        let schemas = snapshot.catalogs.flatMap { $0.extensions.map(\.schema) }
        let found = Self.allCases.first { service in
            switch service {
            case .aurora: isRDS && (hasSetting("aurora") || hasSetting("apg_"))
            case .rds: isRDS
            case .alloyDB: roles.contains("alloydbsuperuser") || hasSetting("alloydb.")
            case .cloudSQL: roles.contains("cloudsqlsuperuser") || hasSetting("cloudsql.")
            case .azure: roles.contains("azure_pg_admin") || roles.contains("azuresu") || hasSetting("azure.")
            case .supabase: roles.contains("supabase_admin")
            case .neon: roles.contains("neon_superuser") || hasSetting("neon.")
            case .heroku: schemas.contains("heroku_ext")
            case .digitalOcean: roles.contains("doadmin") && roles.contains("_dodb")
            case .aiven: roles.contains("avnadmin") || hasSetting("aiven.")
            case .tiger: roles.contains("tsdbadmin")
            }
        }
        guard let found else { return nil }
        self = found
    }

    /// Where a server-wide setting is changed instead of by ALTER SYSTEM.
    private var place: String {
        switch self {
        case .aurora: "in the DB cluster parameter group"
        case .rds: "in the DB parameter group"
        case .alloyDB: "as a database flag of the instance (gcloud alloydb instances update --database-flags)"
        case .cloudSQL: "as a database flag of the instance (gcloud sql instances patch --database-flags)"
        case .azure: "under Server parameters (az postgres flexible-server parameter set)"
        case .supabase: "with supabase postgres-config update"
        case .neon: "nowhere by yourself: Neon takes only settings of roles and databases; ask its support"
        case .heroku: "nowhere: Heroku takes only settings of roles and databases"
        case .digitalOcean: "through the API (database configuration)"
        case .aiven: "under Advanced configuration of the service"
        case .tiger: "under Database parameters of the service"
        }
    }

    /// The finding, with actions that can be done there: server-wide settings are changed by the provider's means, files and the
    /// server's log are reached through it.
    func fitting(_ finding: Finding) -> Finding {
        var finding = finding
        finding.actions = finding.actions.map(fitting)
        return finding
    }

    private func fitting(_ action: Action) -> Action {
        var names: [String] = []
        var kept: [String] = []
        for sql in action.sql {
            guard let change = SystemChange(sql) else {
                kept.append(sql)
                continue
            }
            switch change {
            case .set(let name, let value): names.append(value.map { "\(name) = \($0)" } ?? name)
            case .reload: break
            }
        }
        let wantsRestart = action.steps.contains { $0.hasPrefix("Restart the server") }
        guard !names.isEmpty else { return action }
        var changed = action
        // A reload alone is harmless; after a change that is not made here it says nothing.
        changed.sql = kept
        changed.steps =
            ["\(rawValue) takes no ALTER SYSTEM. Set \(names.joined(separator: ", ")) \(place)."]
            + (wantsRestart ? ["It takes effect with a restart, through the provider."] : [])
            + action.steps.filter { !$0.hasPrefix("Restart the server") }
        changed.undo = action.undo.map { _ in "set the old value in the same place" }
        if changed.caution == SettingChange.managedCaution { changed.caution = nil }
        return changed
    }
}

/// What a statement of an action changes for the whole server.
enum SystemChange {
    case set(String, value: String?)
    case reload

    /// nil: it is another kind of statement, or not one that our grammar reads.
    init?(_ sql: String) {
        guard let root = (try? ParsedStatement(parsing: sql))?.root else { return nil }
        switch root.kind {
        case "AlterSystemStmt":
            guard let set = root.node("setstmt") else { return nil }
            let values = set.list("args").compactMap(\.constantText)
            self = .set(set.string("name") ?? "ALL", value: values.isEmpty ? nil : values.joined(separator: ", "))
        case "SelectStmt":
            guard root.all("FuncCall").contains(where: { $0.strings("funcname").last == "pg_reload_conf" }) else {
                return nil
            }
            self = .reload
        default: return nil
        }
    }
}

extension Node {
    /// The text of a constant: `'5min'`, `64`, `0.9`, `on`; empty texts are `''`.
    package var constantText: String? {
        if kind == "TypeCast" { return node("arg")?.constantText }
        guard kind == "A_Const" else { return nil }
        if let text = node("sval") { return text.string("sval") ?? "''" }
        if let number = node("ival") { return String(number.integer("ival")) }
        if let number = node("fval") { return number.string("fval") }
        if let flag = node("boolval") { return flag.flag("boolval") ? "on" : "off" }
        return nil
    }
}
