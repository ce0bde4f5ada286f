import Collecting
import Configuration
import Foundation
import Model
import PostgresClient
import Sweeping

/// The visit of a target by a sweep.
enum SweepVisit {
    static func snapshot(
        _ target: SweepTarget, since last: Snapshot?, _ texts: SharedTexts, samples: Bool,
        connected: @escaping @Sendable () -> Void
    ) async throws -> Snapshot {
        do {
            var options = options(target, samples: samples)
            if let last {
                texts.learn(from: last)
                options.knownTexts = KnownTexts(last, shared: texts)
            }
            let visit = try Visit(server(target), options: options, thresholds: target.thresholds)
            let snapshot = try await visit.snapshot { step in
                if case .connecting = step { return }
                connected()
            }
            texts.learn(from: snapshot)
            return snapshot
        } catch let failure as Failure {
            throw VisitFailure(description: failure.message)
        }
    }

    /// A `Failure` of one target is not the end of the run.
    private struct VisitFailure: Error, CustomStringConvertible {
        var description: String
    }

    private static func server(_ target: SweepTarget) -> NamedServer {
        NamedServer(dsn: target.dsn, target: target.name, facts: target.hostFacts)
    }

    private static func options(_ target: SweepTarget, samples: Bool) -> CollectionOptions {
        var options = CollectionOptions()
        switch target.databases {
        case .all: options.databases = .all
        case .named(let names): options.databases = names.isEmpty ? .target : .named(names)
        }
        options.timeout = .seconds(target.deadline)
        options.queryTimeout = .seconds(target.queryTimeout)
        // It is one end of a window: what is listed at one end is to be listed at the other.
        options.statementLimit = .max
        if target.viewsOnly {
            options.explainsStatements = false
            options.asksWhatIf = false
            options.readsLog = false
        }
        if target.viewsOnly || !samples { options.sampleCount = 0 }
        return options
    }

    /// What libpq says of a DSN; nil: it can be read.
    static func problem(ofDSN dsn: String) -> String? {
        do {
            _ = try ConnectionTarget(dsn: dsn)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
