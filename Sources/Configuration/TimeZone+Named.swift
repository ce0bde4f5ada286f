import Foundation

extension TimeZone {
    /// By its name in the tz database, `Europe/Amsterdam`; nil: there is none. An abbreviation such as `CST` means many things and
    /// is none.
    package init?(named name: String) {
        guard name == "UTC" || TimeZone.knownTimeZoneIdentifiers.contains(name), let zone = TimeZone(identifier: name)
        else { return nil }
        self = zone
    }
}
