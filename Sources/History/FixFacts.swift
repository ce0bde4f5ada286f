import Model

extension FixDetection.Facts {
    /// What a snapshot tells of indexes and settings.
    package init(_ snapshot: Snapshot) {
        self.init()
        let ours = snapshot.roleSettings.filter {
            ($0.role == nil || $0.role == snapshot.server.role)
                && ($0.database == nil || $0.database == snapshot.server.database)
        }
        for setting in snapshot.settings where !ours.contains(where: { $0.name == setting.name }) {
            // What our own session set for itself was read as a new session has it (settings.pg14.sql).
            settings[.server, default: [:]][setting.name.lowercased()] = FixDetection.Value(
                setting.value, unit: setting.unit)
        }
        for setting in snapshot.roleSettings {
            settings[.role(setting.role, database: setting.database), default: [:]][setting.name.lowercased()] =
                FixDetection.Value(setting.value)
        }
        for catalog in snapshot.catalogs {
            databases.insert(catalog.database)
            for relation in catalog.relations where !relation.options.isEmpty {
                let name = "\(relation.name.schema).\(relation.name.name)"
                settings[.relation(name, database: catalog.database)] = relation.options.mapValues {
                    FixDetection.Value($0)
                }
            }
            for index in catalog.indexes {
                indexes.append(
                    FixDetection.Index(
                        "\(index.name.schema).\(index.name.name)",
                        on: "\(index.relation.schema).\(index.relation.name)",
                        index.keys.map { $0.name ?? $0.expression ?? "" }, in: catalog.database,
                        isValid: index.isValid && index.isReady && index.isLive))
            }
        }
    }
}
