import ArgumentParser
import Collecting
import Configuration
import Diagnosing
import Foundation
import Model
import Recommending
import Reporting
import Sweeping

/// One run of `pgmedic sweep`, from the lock to the exit code.
struct SweepErrand: Sendable {
    let project: ProjectFile
    let targets: [SweepTarget]
    /// As they were given: what the lock goes by.
    let words: [String]
    let options: SweepOptions
    let engine: Engine

    func run(
        print: @Sendable (String) -> Void, open: @Sendable (String) async throws -> any SweepStore
    ) async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let named = HistoryPlace.path(named: options.history, project: project, environment: environment) else {
            throw Failure(.unusable, "no place for a history: give --history, or history in pgmedic.yaml")
        }
        // The same lock from whatever folder.
        let place = HistoryPlace.isServer(named) ? named : URL(fileURLWithPath: named).standardizedFileURL.path
        let outputs = SweepOutputs(project: project, options: options)
        try Failure.unusable { try outputs.prepare() }
        guard let lock = try lock(place, environment) else { return }
        let store = try await open(place)
        try await pause()
        let outcome = await swept(store, outputs)
        await store.close()
        let failures = await outputs.tell(outcome, print: print) + outcome.ownFailures
        for failure in failures { Console.error(failure) }
        withExtendedLifetime(lock) {}
        try end(outcome, failures)
    }

    /// nil: another sweep of these targets runs.
    private func lock(_ place: String, _ environment: [String: String]) throws -> SweepLock? {
        let isServer = HistoryPlace.isServer(place)
        let path = SweepLock.path(history: place, isServer: isServer, words: words, environment: environment)
        try Failure.unusable { try AtomicFile.makeFolder((path as NSString).deletingLastPathComponent) }
        switch try Failure.unusable({ try SweepLock.take(path, at: Date()) }) {
        case .ours(let lock): return lock
        case .others(let pid, let since):
            let who = pid.map { " (process \($0)" + (since.map { ", since \($0)" } ?? "") + ")" } ?? ""
            Console.note("another sweep of these targets is running\(who); nothing was done")
            return nil
        }
    }

    private func pause() async throws {
        guard !options.now, project.sweep.jitter > 0 else { return }
        let seconds = Double.random(in: 0...project.sweep.jitter)
        try await Interruption.cancellable { try await Task.sleep(for: .seconds(seconds)) }
    }

    private func swept(_ store: any SweepStore, _ outputs: SweepOutputs) async -> SweepOutcome {
        let samples = !options.noSamples
        let texts = SharedTexts()
        var run = SweepRun(targets, settings: project.sweep, store: store, engine: engine) { target, last, connected in
            try await SweepVisit.snapshot(target, since: last, texts, samples: samples, connected: connected)
        }
        run.ignoresBackoff = options.now
        run.timeZone = project.timeZone ?? .gmt
        run.write = { try outputs.write($0, $1, isNews: $2) }
        if project.sweep.reports != nil { run.writeSlow = { try outputs.write($0, $1, $2) } }
        let progress = ProgressLine(quiet: false)
        let wanted = targets.count
        progress.show("visiting \(wanted) targets")
        run.progress = { done, all in progress.show("visited \(done) of \(all) targets") }
        let ready = run
        let (outcome, _) = await Interruption.stoppable { await ready.run() }
        progress.clear()
        return outcome
    }

    private func end(_ outcome: SweepOutcome, _ failures: [String]) throws {
        if outcome.wasInterrupted { throw Failure(.interrupted, "interrupted; the next sweep goes on") }
        if outcome.reachesFailOn { throw ExitCode(Ending.severityReached.rawValue) }
        if !failures.isEmpty { throw ExitCode(Ending.failed.rawValue) }
        if outcome.hasUnknown { throw ExitCode(Ending.unreachable.rawValue) }
    }
}
