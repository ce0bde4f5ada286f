import Collecting
import Foundation
import Model
import PostgresClient

/// A visit to a server as the options ask for it, with its errors turned into exit codes.
struct Visit {
    private let options: TargetOptions
    private let progress: ProgressLine

    init(_ options: TargetOptions, quiet: Bool) {
        self.options = options
        progress = ProgressLine(quiet: quiet)
    }

    func snapshot(plans: Bool = true) async throws -> Snapshot {
        try await guarded { collector in try await collector.collect() }
    }

    /// Two readings with a pause between them; nothing is open meanwhile.
    func sampled(over seconds: Double) async throws -> (snapshot: Snapshot, earlier: Snapshot?) {
        try await guarded { collector in
            let earlier = try await collector.collect()
            try await Task.sleep(for: .seconds(seconds))
            return (try await collector.collect(), earlier)
        }
    }

    static func sql() -> String { "" }

    private func guarded<Result: Sendable>(
        _ work: @escaping @Sendable (Collector) async throws -> Result
    ) async throws -> Result {
        fatalError()
    }
}
