/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let exposureRules: [any Rule.Type] = [
    TrustedConnections.self, PlainConnections.self, SuperuserInApplication.self, RightsGrown.self,
    DefinerSearchPath.self, PublicMayCreate.self, PublicMayWrite.self, ServerFileRights.self,
    HostReachingExtension.self, MD5Passwords.self, PasswordExpiry.self, ClientBurst.self,
    FailedLogins.self,
]
