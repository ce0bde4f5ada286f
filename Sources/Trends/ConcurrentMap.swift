import Dispatch
import Synchronization

extension Array where Element: Sendable {
    /// The same as `map`, on all cores: each series is searched by itself, and a search takes milliseconds.
    func concurrentMap<Result: Sendable>(_ transform: @Sendable (Element) -> Result) -> [Result] {
        let results = Mutex<[Int: Result]>([:])
        DispatchQueue.concurrentPerform(iterations: count) { place in
            let result = transform(self[place])
            results.withLock { $0[place] = result }
        }
        return results.withLock { found in indices.compactMap { found[$0] } }
    }
}
