import Diagnosing
import Foundation
import History
import Imaging
import Model
import PostgresClient
import Queries
import Recommending
import Redacting
import Reporting

/// What a case is made of, as it is gathered.
struct CaseEvidence: Sendable {
    private(set) var observation: Observation
    private(set) var judgement: Judgement
    private let engine: Engine
    /// Of the databases that were looked at in depth, the target's own first; without values of theirs unless that was asked for.
    private(set) var images: [PlannerImage] = []
    /// Why something is not in the case: a sentence each.
    private(set) var missing: [String] = []
    var past: CaseHistory?
    /// What was replaced, as the manifest has it.
    private(set) var redaction = "none"
    /// Why the visit is not in the history.
    private(set) var notKept: Failure?
    /// What replaced names and addresses; nil: nothing did.
    private(set) var pseudonyms: NamePseudonyms?

    init(_ observation: Observation, engine: Engine) {
        self.observation = observation
        self.engine = engine
        judgement = engine.judge(observation)
    }

    /// What was found, with the team's runbooks in the ladders.
    func diagnosis(_ runbooks: KnownRunbooks) -> Diagnosis {
        Diagnosis(observation: observation, judgement: runbooks.advising(judgement), rules: engine.rules)
    }

    mutating func record(in history: History?) async {
        notKept = await HistoryAccess.keep(observation, &judgement, in: history)
    }

    // MARK: - What the planner goes by

    /// Reads the images, each over a session of its own. A case is worth having without them, so that what goes wrong is told in it.
    mutating func readImages(_ reading: ReadingOptions, quiet: Bool) async {
        guard reading.from == nil else {
            missing.append("What the planner goes by is not here: the case was made of a snapshot, without the server")
            return
        }
        let progress = ProgressLine(quiet: quiet)
        defer { progress.clear() }
        do {
            let target = try ConnectionTarget(dsn: reading.target.named().dsn)
            let databases = observation.snapshot.catalogs.map(\.database)
            let isRedacted = !reading.target.showLiterals
            let timeout = reading.target.queryTimeout.seconds
            let read = try await Interruption.cancellable {
                try await Self.images(of: databases, target, isRedacted: isRedacted, statementTimeout: max(timeout, 20))
                {
                    progress.show("reading what the planner goes by in \($0)")
                }
            }
            images = read.images
            missing += read.missing
        } catch {
            missing.append("What the planner goes by could not be read: \(error)")
        }
    }

    private static func images(
        of databases: [String], _ target: ConnectionTarget, isRedacted: Bool, statementTimeout: Double,
        step: @Sendable (String) -> Void
    ) async throws -> (images: [PlannerImage], missing: [String]) {
        var images: [PlannerImage] = []
        var missing: [String] = []
        var sessions: [TargetSession] = []
        var reader = PlannerImageReader()
        reader.statementTimeout = statementTimeout
        for (place, database) in databases.enumerated() {
            step(database)
            do {
                let session = try await TargetSession.connect(place == 0 ? target : target.inDatabase(database))
                sessions.append(session)
                images.append(try await reader.read(session))
            } catch {
                missing.append("What the planner goes by in \(database) could not be read: \(error)")
            }
        }
        let result: Result<[PlannerImage], any Error>
        do {
            result = .success(try await isRedacted ? redacted(images, sessions) : images)
        } catch {
            result = .failure(error)
        }
        for session in sessions { await session.close() }
        return (try result.get(), missing)
    }

    /// With surrogates in place of values.
    private static func redacted(_ images: [PlannerImage], _ sessions: [TargetSession]) async throws -> [PlannerImage] {
        guard let first = sessions.first, !images.isEmpty else { return images }
        let surrogates = try await Surrogates(for: images) { try await Self.order($0, first) }
        return images.map(surrogates.redacted)
    }

    /// Texts in the order of the database's collation. They go as a parameter: they stand in no statistics, and in
    /// the server's log only where that writes parameters too.
    private static func order(_ texts: [String], _ session: TargetSession) async throws -> [String] {
        let major = session.identity.serverVersion / 10_000
        let query = Query(
            CatalogQuery.textOrder.rawValue, try CatalogQuery.textOrder.sql(forMajor: major),
            parameters: [TextArray.literal(texts)])
        var settings = TransactionSettings()
        settings.statementTimeout = 20
        let rows = try await session.read([query], settings: settings)[0].get()
        return try rows.map { try $0.string("value") }
    }

    // MARK: - Redaction

    /// Takes out what may not leave: addresses and passwords always, names when they are asked for.
    ///
    /// - Parameter key: of the pseudonyms, which stays here; nil: none is kept.
    mutating func redact(names: Bool, key path: String?, told: inout CaseTold) async throws {
        var work = self
        var words = told
        func run(_ key: inout PseudonymKey) throws {
            var pseudonyms = NamePseudonyms(key, replacesNames: names)
            try work.apply(&pseudonyms, &words)
            key = pseudonyms.key
            work.pseudonyms = pseudonyms
        }
        if let path {
            try Failure.unusable { try PseudonymKey.updating(path, run) }
        } else {
            var key = PseudonymKey()
            try Failure.unusable { try run(&key) }
        }
        self = work
        told = words
        redaction = names ? "names" : "literals"
    }

    private mutating func apply(_ pseudonyms: inout NamePseudonyms, _ told: inout CaseTold) throws {
        let known = judgement.findings
        try pseudonyms.learn(observation.snapshot)
        if let earlier = observation.earlier { try pseudonyms.learn(earlier) }
        for image in images { try pseudonyms.learn(image) }
        let snapshot = try pseudonyms.redacted(observation.snapshot)
        let earlier = try observation.earlier.map { try pseudonyms.redacted($0) }
        observation = Observation(
            snapshot, since: earlier, basis: observation.window.basis, thresholds: observation.thresholds,
            past: observation.pastTraffic, peer: observation.peer?.unnamed)
        judgement = engine.judge(observation)
        // What a history knows of a finding goes by its names.
        let pasts = Dictionary(
            known.compactMap { finding in finding.past.map { (finding.fingerprint, ($0, finding.tier)) } },
            uniquingKeysWith: { first, _ in first })
        for place in judgement.findings.indices {
            guard let (past, tier) = pasts[judgement.findings[place].fingerprint] else { continue }
            judgement.findings[place].past = past
            judgement.findings[place].tier = tier
        }
        images = try images.map { try pseudonyms.redacted($0) }
        missing = missing.map { pseudonyms.attachment($0) }
        func clean(_ text: String) -> String { pseudonyms.attachment(text) }
        told.felt = told.felt.map(clean)
        told.question = told.question.map(clean)
        told.tried = told.tried.map(clean)
        told.since = told.since.map(clean)
        told.ticket = told.ticket.map(clean)
        past = past?.mapTexts(clean)
    }
}
