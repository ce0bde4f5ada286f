/// What is dear to make and is shared by tests: made at the first call for its key, by one of those who ask at once.
package actor MadeOnce<Key: Hashable & Sendable, Value: Sendable> {
    private var making: [Key: Task<Value, any Error>] = [:]

    package init() {}

    package func value(_ key: Key, make: @Sendable @escaping () async throws -> Value) async throws -> Value {
        let task = making[key] ?? Task { try await make() }
        making[key] = task
        return try await task.value
    }
}
