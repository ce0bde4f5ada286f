import Foundation
import History
import HistoryPostgres
import HistorySQLite
import TestKit
import Testing

/// The two kinds of store, each as a fresh place where several may be opened at once.
enum StoreKind: CaseIterable, Equatable, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgres(TestServer.Version)

    static let allCases = [.sqlite] + TestServer.Version.oldestAndNewest.map(StoreKind.postgres)

    var testDescription: String {
        switch self {
        case .sqlite: "SQLite"
        case .postgres(let version): version.testDescription
        }
    }

    /// The type of bytes.
    var bytes: String { self == .sqlite ? "blob" : "bytea" }

    func withPlace<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (StorePlace) async throws -> Value
    ) async throws -> Value {
        switch self {
        case .sqlite:
            return try await withFolder { try await body(StorePlace(kind: self, address: $0 + "/history.db")) }
        case .postgres(let version):
            return try await TestServer.shared(version).withDatabase { database async throws in
                try await body(StorePlace(kind: self, address: database.dsn()))
            }
        }
    }

    /// One store that is closed in the end.
    func withStore<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (any HistoryStore) async throws -> Value
    ) async throws -> Value {
        try await withPlace { try await $0.withStore(body) }
    }
}

struct StorePlace: Sendable {
    let kind: StoreKind
    /// A path or a DSN.
    let address: String

    func open(
        readOnly: Bool = false, steps: [[String]] = HistorySchema.steps
    ) async throws -> any HistoryStore {
        switch kind {
        case .sqlite: try SQLiteHistory(path: address, readOnly: readOnly, steps: steps)
        case .postgres: try await PostgresHistory(dsn: address, readOnly: readOnly, steps: steps)
        }
    }

    func withStore<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (any HistoryStore) async throws -> Value
    ) async throws -> Value {
        let store = try await open()
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }
}

/// An empty folder, gone afterwards.
func withFolder<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Value
) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pgm-store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// What the work fails with; nil: it does not.
func historyError(
    isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Void
) async throws -> HistoryError? {
    do {
        try await work()
        return nil
    } catch let error as HistoryError {
        return error
    }
}

extension HistoryConnection {
    func numbers(_ sql: String, _ values: [HistoryValue] = []) throws -> [Int64?] {
        var numbers: [Int64?] = []
        try rows(sql, values) { numbers.append(try $0.integer(0)) }
        return numbers
    }

    func texts(_ sql: String, _ values: [HistoryValue] = []) throws -> [String?] {
        var texts: [String?] = []
        try rows(sql, values) { texts.append(try $0.text(0)) }
        return texts
    }

    func addDocument(_ hash: String, _ body: [UInt8] = []) throws {
        try run("INSERT INTO documents (hash, body) VALUES ($1, $2)", [.text(hash), .bytes(body)])
    }
}

extension HistoryStore {
    func documents() async throws -> [String?] {
        try await read { try $0.texts("SELECT hash FROM documents ORDER BY 1") }
    }
}
