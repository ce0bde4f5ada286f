// swift-tools-version: 6.1
import Foundation
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library target of ours: same settings everywhere.
func module(_ name: String, path: String? = nil, needs: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: needs, path: path, exclude: exclude, swiftSettings: settings)
}

/// A test target of ours, with the kit that starts real servers.
func tests(_ name: String, needs: [Target.Dependency], resources: [String] = []) -> Target {
    .testTarget(name: name, dependencies: needs + ["TestKit"], exclude: resources, swiftSettings: settings)
}

/// The SQL files, which Scripts/embed writes into a Swift file: SwiftPM shall pass over them.
let queryFiles = try FileManager.default.contentsOfDirectory(atPath: Context.packageDirectory + "/Queries")
    .filter { $0.hasSuffix(".sql") }

// Targets stand in the order in which data flows through them (README, "The house").
let package = Package(
    name: "pgmedic",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "pgmedic", targets: ["pgmedic"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        module("Model", needs: ["CZlib"]),
        module("Queries", path: "Queries", exclude: queryFiles),
        module("PostgresClient", needs: ["CLibpq"]),
        module("Statements", needs: ["CPgQuery", "Model"]),
        module("Plans", needs: ["Model"]),
        module("ServerLog"),
        module("IndexAdvising", needs: ["Model", "Statements", "Plans"]),
        module(
            "Collecting",
            needs: ["Model", "PostgresClient", "Queries", "Statements", "Plans", "ServerLog", "IndexAdvising"]),
        module("Diagnosing", needs: ["Model", "Statements", "Plans", "IndexAdvising"]),
        module("History", needs: ["Model"]),
        module(
            "HistorySQLite",
            needs: [
                "History", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        module("HistoryPostgres", needs: ["History", "PostgresClient", "CLibpq"]),
        module("Trends", needs: ["Model", "History"]),
        module("Runbooks", needs: ["Model", "History", .product(name: "Yams", package: "Yams")]),
        module("Recommending", needs: ["Model", "Plans", "Statements", "History", "Runbooks", "Diagnosing"]),
        module("Imaging", needs: ["Model", "PostgresClient", "Queries"]),
        module("Redacting", needs: ["Model", "Statements"]),
        module("CaseFile", needs: ["Model", "CArchive", "CCrypto"]),
        module("Lab", needs: ["Model", "PostgresClient", "Plans", "CLibpq"]),
        module(
            "Configuration",
            needs: ["Model", "Diagnosing", "Recommending", .product(name: "Yams", package: "Yams")]),
        module(
            "Reporting", path: "Reports",
            needs: [
                "Model", "Plans", "Diagnosing", "Recommending", "History", "Trends",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            exclude: ["Templates", "Schema"]),
        module(
            "Sweeping",
            needs: [
                "Model", "History", "Trends", "Runbooks", "Diagnosing", "Recommending", "Configuration", "Reporting",
            ]),
        .executableTarget(
            name: "pgmedic",
            dependencies: [
                "Model", "PostgresClient", "Queries", "Statements", "Plans", "ServerLog", "IndexAdvising", "Collecting",
                "Diagnosing", "Recommending", "Configuration", "Reporting", "Sweeping", "History", "HistorySQLite",
                "HistoryPostgres", "Trends", "Runbooks", "Imaging", "Redacting", "CaseFile", "Lab",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        .executableTarget(
            name: "reading-benchmark", dependencies: ["Model", "Statements", "Plans", "Diagnosing"],
            path: "Benchmarks/Reading", swiftSettings: settings),

        .executableTarget(
            name: "history-benchmark", dependencies: ["Model", "History", "HistorySQLite", "Trends"],
            path: "Benchmarks/History", swiftSettings: settings),

        .target(name: "TestKit", path: "Tests/TestKit", swiftSettings: settings),
        tests("StatementsTests", needs: ["Statements", "Model"]),
        tests(
            "DiagnosingLiveTests",
            needs: ["Recommending", "Diagnosing", "Collecting", "PostgresClient", "Plans", "Model"]),
        tests("DiagnosingTests", needs: ["Diagnosing", "IndexAdvising", "Model"], resources: ["Labelled"]),
        tests("PostgresClientTests", needs: ["PostgresClient"]),
        tests("PlansTests", needs: ["Plans", "Diagnosing", "Model"], resources: ["Corpus"]),
        tests("RecommendingTests", needs: ["Recommending", "Diagnosing", "Model"]),
        tests(
            "ConfigurationTests",
            needs: [
                "Configuration", "Recommending", "Diagnosing", "Model", .product(name: "Yams", package: "Yams"),
            ]),
        tests("ModelTests", needs: ["Model"]),
        tests(
            "ReportingTests",
            needs: ["Reporting", "Recommending", "Diagnosing", "Plans", "Model", "History", "Trends"],
            resources: ["Golden", "validate.py"]),
        tests("ServerLogTests", needs: ["ServerLog"]),
        tests(
            "HistoryTests", needs: ["History", "HistorySQLite", "HistoryPostgres", "PostgresClient", "Model"]),
        tests("RunbooksTests", needs: ["Runbooks", "History", "Model"]),
        tests("RedactingTests", needs: ["Redacting", "Statements", "Model"]),
        tests("CaseFileTests", needs: ["CaseFile", "Model", "CZlib"]),
        tests("LabTests", needs: ["Lab", "Imaging", "Plans", "PostgresClient", "Model"]),
        tests("TrendsTests", needs: ["Trends", "History", "HistorySQLite", "Model"], resources: ["Recorded"]),
        tests("QueriesTests", needs: ["Queries"]),
        tests(
            "CollectingTests",
            needs: ["Collecting", "Model", "PostgresClient", "Queries", "Statements", "Diagnosing"]),
        tests(
            "IndexAdvisingTests",
            needs: ["IndexAdvising", "Collecting", "PostgresClient", "Statements", "Plans", "Model"]),
        tests(
            "SweepingTests",
            needs: ["Sweeping", "Reporting", "Configuration", "Recommending", "Diagnosing", "Model"]),
        tests(
            "EndToEndTests",
            needs: ["pgmedic", "Model", "Sweeping", "Recommending", "History", "Diagnosing", "Configuration"]),
    ],
    swiftLanguageModes: [.v6]
)
