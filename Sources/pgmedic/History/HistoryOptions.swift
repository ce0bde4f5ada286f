import ArgumentParser
import Configuration
import Foundation
import History
import HistoryPostgres
import HistorySQLite

/// Which history is kept or read.
struct HistoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The history: a file, or postgresql://… of a database of your own; else `history` of pgmedic.yaml.",
            valueName: "place"))
    var history: String?

    /// The place that is meant; nil: none.
    func place(config: String?) throws -> String? { try history ?? ProjectFile.read(config)?.history }
}

enum HistoryAccess {
    /// Opens a history, which is made where it is missing and may be written.
    ///
    /// - Throws: `Failure`: 2 where it cannot be used, 3 where its server cannot be reached, 4 otherwise.
    static func open(_ place: String, readOnly: Bool = false) async throws -> History {
        try await told {
            if HistoryPlace.isServer(place) {
                return History(try await PostgresHistory(dsn: place, readOnly: readOnly))
            }
            return History(try SQLiteHistory(path: place, readOnly: readOnly))
        }
    }

    /// What goes wrong with a history, with the code of its kind.
    static func told<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as HistoryError {
            let code: Ending =
                switch error.kind {
                case .unusable, .newer: .unusable
                case .unreachable: .unreachable
                case .busy, .failed: .failed
                }
            throw Failure(code, error.description)
        }
    }
}
