import Foundation
import Model
import PostgresClient

/// A throw-away PostgreSQL of this machine with an image's definitions, statistics, sizes and settings, and no row: EXPLAIN there plans
/// as at the source. It listens on a unix socket in its folder only, and ends with our process unless it is left running.
package actor Lab {
    /// Something of the image that is not in the lab.
    package struct Failure: Sendable, Equatable {
        /// `index shop.orders_pkey`
        package var name: String
        /// The server's words.
        package var reason: String
    }

    package nonisolated let folder: String
    /// Major version of the lab's server.
    package nonisolated let major: Int
    /// What of the image could not be made, in order.
    package private(set) var failures: [Failure] = []
    /// What is not as at the source, a sentence each.
    package private(set) var notes: [String] = []
    /// Hypothetical indexes can be tried (`hypopg_create_index`), in the schema `hypopg`.
    package private(set) var hasHypoPG = false

    /// What psql takes to connect to it as the owner of all in it.
    package nonisolated var dsn: String {
        "host='\(folder)' port=\(LabFolder.port) dbname=\(LabCluster.database) user=\(LabCluster.owner)"
    }

    private let place: LabFolder
    private let programs: LabPrograms
    private var server: LabServer?
    private var sessions: Sessions?
    /// The image's, and those of indexes that were made since.
    private var relations: [PlannerImage.RelationImage]
    private var files: [SparseFiles.File] = []

    struct Sessions: Sendable {
        var superuser: LabSession
        var owner: LabSession
    }

    /// Builds it: some seconds, and some 50 MB of disk.
    ///
    /// - Parameter folder: made by us; it must not hold anything.
    /// - Throws: `LabError`, `LabRefusal`, or `CancellationError`; then nothing is left.
    package static func build(
        _ image: PlannerImage, programs: LabPrograms, at folder: String
    ) async throws -> Lab {
        let place = try LabFolder(making: folder)
        let lab = Lab(place, programs, image.relations)
        do {
            try await lab.make(image)
        } catch {
            try? await lab.remove()
            throw error
        }
        return lab
    }

    private init(_ place: LabFolder, _ programs: LabPrograms, _ relations: [PlannerImage.RelationImage]) {
        (self.place, self.programs, self.relations) = (place, programs, relations)
        (folder, major) = (place.path, programs.major)
    }

    private func make(_ image: PlannerImage) async throws {
        try await LabCluster.initialise(programs, place)
        server = try await LabServer.start(programs, place)
        let first = try await LabSession.open(
            folder: folder, database: LabCluster.superuser, role: LabCluster.superuser)
        notes += try await LabCluster.makeDatabase(image, major: major, first)
        await first.close()
        let sessions = try await connect()
        for session in [sessions.superuser, sessions.owner] {
            for statement in LabDefinitions.reading { try await session.rows(statement) }
        }
        // Before anything that came with the image: its script runs with all rights.
        hasHypoPG = try await makeHypoPG(sessions.superuser)
        failures += try await LabSettings.set(image, sessions.superuser)
        failures += try await LabDefinitions.run(image, owner: sessions.owner, superuser: sessions.superuser)
        try Task.checkCancellation()
        failures += try await fillRelations(sessions)
        if major >= 18 {
            failures += try await RestoredStatistics.fill(image.columns, sessions.owner)
        } else {
            failures += try await ColumnStatistics.fill(image.columns, sessions.superuser)
        }
        failures += try await ExtendedStatistics.fill(image.extended, major: major, sessions.superuser)
        try await lengthenFiles()
        noteVersions(image)
    }

    private func noteVersions(_ image: PlannerImage) {
        let source = image.serverVersion / 10000
        if source != major {
            notes.append("The lab is PostgreSQL \(major), the source \(source): their planners differ.")
        }
        if let size = sparse?.blockSize, size != Int64(image.blockSize) {
            notes.append("Pages have \(size) bytes in the lab, and \(image.blockSize) at the source: costs differ.")
        }
    }

    private func makeHypoPG(_ superuser: LabSession) async throws -> Bool {
        let known = try await superuser.rows(
            "SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg' AND installed_version IS NULL")
        if !known.isEmpty {
            try await superuser.rows("CREATE SCHEMA IF NOT EXISTS hypopg")
            try await superuser.rows("GRANT USAGE ON SCHEMA hypopg TO PUBLIC")
            try await superuser.rows("CREATE EXTENSION hypopg WITH SCHEMA hypopg")
        }
        return try await !superuser.rows("SELECT FROM pg_catalog.pg_extension WHERE extname = 'hypopg'").isEmpty
    }

    private func connect() async throws -> Sessions {
        let made = Sessions(
            superuser: try await LabSession.open(
                folder: folder, database: LabCluster.database, role: LabCluster.superuser),
            owner: try await LabSession.open(folder: folder, database: LabCluster.database, role: LabCluster.owner))
        // Names that came with the image must not stand for PostgreSQL's.
        try await made.superuser.rows("SET search_path = pg_catalog")
        sessions = made
        return made
    }

    /// - Throws: `LabError` when it was stopped.
    func openSessions() throws(LabError) -> Sessions {
        guard let sessions else { throw LabError("the lab in \(folder) is not running") }
        return sessions
    }

    // MARK: - Trying

    /// One statement as the owner, and its rows as texts; settings stay for what is explained later.
    ///
    /// - Throws: `LabRefusal`, or `LabError` when the lab was stopped.
    @discardableResult
    package func run(_ sql: String) async throws -> [[String?]] { try await openSessions().owner.rows(sql) }

    /// Statements that make or drop indexes, tables or columns for real. They meet empty files, which are given back their lengths
    /// afterwards; what was made gets the size that it would have.
    ///
    /// - Returns: those that were refused.
    /// - Throws: `LabError` or `LabRefusal` when the lab itself fails.
    package func change(_ statements: [String]) async throws -> [Failure] {
        await halt()
        try sparseFiles.shorten(files)
        try await resume()
        var refused: [Failure] = []
        for statement in statements {
            do {
                try await run(statement)
            } catch let error as LabRefusal where error.sqlState != nil {
                refused.append(Failure(name: statement, reason: error.message))
            }
        }
        _ = try await fillRelations(openSessions())
        try await lengthenFiles()
        let known = Set(relations.map(\.name))
        let made = try await NewIndexes.sizes(besides: known, openSessions())
        if !made.isEmpty {
            relations += made
            _ = try await fillRelations(openSessions())
            try await lengthenFiles()
        }
        return refused
    }

    // MARK: - Running

    /// Shuts it down; the folder stays.
    package func stop() async { await halt() }

    /// Shuts it down and removes its folder.
    ///
    /// - Throws: `LabError` when something of it cannot be removed.
    package func remove() async throws {
        await closeSessions()
        await server?.abandon()
        server = nil
        try place.remove()
    }

    /// Lets the server run on when our process ends; `pg_ctl -D folder/data stop` ends it.
    package func leave() async {
        await closeSessions()
        server?.leave()
        server = nil
    }

    private func halt() async {
        await closeSessions()
        await server?.stop()
        server = nil
    }

    private func closeSessions() async {
        await sessions?.superuser.close()
        await sessions?.owner.close()
        sessions = nil
    }

    private func resume() async throws {
        server = try await LabServer.start(programs, place)
        _ = try await connect()
    }

    private func fillRelations(_ sessions: Sessions) async throws -> [Failure] {
        var image = PlannerImage()
        image.relations = relations
        return try await RelationStatistics.fill(
            image, major: major, owner: sessions.owner, superuser: sessions.superuser)
    }

    /// Stops it, gives the files their lengths, and starts it again.
    private func lengthenFiles() async throws {
        let (found, layout) = try await LabFiles.find(relations, place, openSessions().superuser)
        files = found
        sparse = layout
        await halt()
        let leftOut = try layout.extend(found)
        let note = "Of the largest tables' pages \(leftOut) were left out."
        if leftOut > 0, !notes.contains(note) { notes.append(note) }
        try await resume()
    }

    private var sparse: SparseFiles?
    private var sparseFiles: SparseFiles {
        sparse ?? SparseFiles(folder: place, blockSize: 8192, pagesPerSegment: 131_072)
    }
}
