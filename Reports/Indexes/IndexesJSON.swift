import Model

/// Index advice for machines; `Schema/indexes-1.schema.json` describes it.
extension IndexReport {
    static let schema = "urn:pgmedic:schema:indexes-1"

    var jsonValue: JSONValue {
        let origin: [(String, JSONValue)] = [
            ("$schema", .string(Self.schema)), ("schemaVersion", .integer(1)), ("generator", .string(generator)),
            ("takenAt", .moment(snapshot.takenAt)), ("redaction", .string(snapshot.redaction.rawValue)),
            ("target", jsonTarget), ("sources", .strings(advice.sources)), ("headline", .string(headline)),
            ("refusal", .optional(advice.refusal)),
        ]
        let search: [(String, JSONValue)] = [
            ("complete", .bool(advice.isComplete)), ("candidates", .integer(Int64(advice.candidateCount))),
            ("plannerCalls", .integer(Int64(advice.plannerCalls))),
            ("estimateCalls", .integer(Int64(advice.estimateCalls))), ("budget", jsonBudget),
            ("costBefore", .rounded(advice.costBefore)), ("costAfter", .rounded(advice.costAfter)),
            ("costCutShare", .rounded(cut, places: 6)), ("meanCutShare", .rounded(advice.meanCut, places: 6)),
            ("writeCost", .rounded(advice.writeCost)),
        ]
        let found: [(String, JSONValue)] = [
            ("recommendations", .array(entries.map(recommendation))),
            ("statements", .array(advice.statements.enumerated().map { statement($0, $1) })),
            ("rejected", .array(advice.rejected.map(rejection))), ("notes", .strings(advice.notes)),
        ]
        return .object((origin + search + found).map { JSONMember($0.0, $0.1) })
    }

    private var jsonTarget: JSONValue {
        let server = snapshot.server
        return [
            "host": .string(server.host), "port": .integer(Int64(server.port)),
            "database": .string(advice.database.isEmpty ? server.database : advice.database),
            "systemIdentifier": .optional(server.systemIdentifier),
            "serverVersion": .string(server.version.description), "inRecovery": .bool(server.isInRecovery),
            "hypoPGVersion": .optional(server.hypoPGVersion),
        ]
    }

    private var jsonBudget: JSONValue {
        [
            "storageBytes": .optional(advice.budget.storage), "writesShare": .rounded(advice.budget.writes, places: 6),
            "mostIndexes": .optional(advice.budget.mostIndexes.map(Int64.init)),
            "leastGainShare": .rounded(advice.budget.leastGain, places: 6),
        ]
    }

    private func recommendation(_ entry: IndexEntry) -> JSONValue {
        let one = entry.recommendation
        let what: [(String, JSONValue)] = [
            ("number", .integer(Int64(entry.number))), ("kind", .string(one.kind.rawValue)),
            ("title", .string(entry.title)), ("relation", name(one.relation)), ("index", index(one.index)),
            ("drops", .array(one.drops.map(name))), ("repairs", one.repairs.map(name) ?? .null),
            ("makesNeedless", .array(one.makesNeedless.map(name))), ("sql", .strings(one.sql)),
            ("undo", .strings(one.undo)), ("verify", .optional(one.verify.isEmpty ? nil : one.verify)),
        ]
        let why: [(String, JSONValue)] = [
            ("reason", .string(one.reason)), ("basis", .string(one.basis.rawValue)),
            ("gainShare", .rounded(one.gain, places: 6)),
            (
                "served",
                .array(
                    one.served.map {
                        [
                            "statement": .integer(Int64($0.statement)), "costBefore": .rounded($0.costBefore),
                            "costAfter": .rounded($0.costAfter),
                        ]
                    })
            ),
            ("sizeBytes", .integer(one.size)), ("leastSizeBytes", .integer(one.leastSize)),
            ("greatestSizeBytes", .integer(one.greatestSize)), ("freedBytes", .optional(one.freed)),
            ("writes", writes(one.writes)),
            ("leastDurationSeconds", .rounded(one.leastDuration)),
            ("greatestDurationSeconds", .rounded(one.greatestDuration)),
            ("lock", ["mode": .string(one.lockMode), "blocks": .string(one.lockBlocks)]),
            ("uniqueness", one.uniqueness.map(uniqueness) ?? .null), ("cautions", .strings(one.cautions)),
        ]
        return .object((what + why).map { JSONMember($0.0, $0.1) })
    }

    private func name(_ name: QualifiedName) -> JSONValue {
        ["schema": .string(name.schema), "name": .string(name.name)]
    }

    private func index(_ index: HypotheticalIndex?) -> JSONValue {
        guard let index else { return .null }
        return [
            "method": .string(index.accessMethod), "keys": .strings(index.keys), "included": .strings(index.included),
            "predicate": .optional(index.predicate), "definition": .string(index.definition),
        ]
    }

    private func writes(_ writes: IndexWriteCost) -> JSONValue {
        [
            "rowsWritten": .rounded(writes.rowsWritten), "hotUpdatesLost": .rounded(writes.hotUpdatesLost),
            "cost": .rounded(writes.cost), "basis": .string(writes.basis?.rawValue ?? "statements"),
        ]
    }

    private func uniqueness(_ choice: UniqueChoice) -> JSONValue {
        [
            "column": .string(choice.column), "chosen": .bool(choice.isChosen), "check": .string(choice.check),
            "checkCost": .rounded(choice.checkCost), "readsBytes": .integer(choice.reads),
        ]
    }

    private func statement(_ place: Int, _ statement: AdvisedStatement) -> JSONValue {
        [
            "id": .integer(Int64(place)), "text": .string(statement.text),
            "fingerprint": .optional(statement.fingerprint),
            "queryids": .strings(statement.queryIDs.map(String.init)), "calls": .rounded(statement.calls),
            "meanTimeMs": .rounded(statement.meanTime), "share": .rounded(statement.share, places: 6),
            "costBefore": .rounded(statement.costBefore), "costAfter": .rounded(statement.costAfter),
            "note": .optional(statement.note),
        ]
    }

    private func rejection(_ candidate: RejectedCandidate) -> JSONValue {
        [
            "index": .string(candidate.index), "relation": name(candidate.relation),
            "reason": .string(candidate.reason),
            "gainShare": .rounded(candidate.gain, places: 6),
        ]
    }
}
