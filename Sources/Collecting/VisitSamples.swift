import Foundation
import Model
import Queries

extension Visit {
    /// Reads activity some times, each in a transaction of its own: within one the view is frozen.
    mutating func sample(on session: Session) async {
        guard options.sampleCount > 0 else {
            book.add(CollectionNote(.activitySamples, .refused, "Samples of activity were not asked for."))
            return
        }
        for number in 1...options.sampleCount {
            if number > 1 { try? await Task.sleep(for: options.sampleInterval) }
            guard remaining > .zero, !Task.isCancelled else {
                return book.add(
                    CollectionNote(
                        .activitySamples, .timeout, isTotal: snapshot.activitySamples.isEmpty,
                        "Only \(number - 1) of \(options.sampleCount) samples of activity were taken: the time allowed was over."
                    ))
            }
            progress?(.sampling(number, of: options.sampleCount))
            let answers = await askProbe(.activitySample, on: session)
            let now = Date()
            if let sample = take(.activitySample, of: answers, { try ActivitySample($0, now: now) }) {
                snapshot.activitySamples.append(sample)
            } else {
                return
            }
        }
    }

    /// A query that is counted apart.
    private mutating func askProbe(_ query: CatalogQuery, on session: Session) async -> Answers {
        let answers = await ask([(query, major, [])], on: session)
        snapshot.cost.roundTrips -= 1
        snapshot.cost.probeRoundTrips += 1
        return answers
    }
}
