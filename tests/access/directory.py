"""An LDAP server as a process of its own: `python -m tests.access.directory PLAIN TLS CERT KEY`."""

import sys
from io import BytesIO
from typing import Any

from ldaptor.inmemory import fromLDIFFile
from ldaptor.interfaces import IConnectedLDAPEntry
from ldaptor.protocols.ldap.ldapserver import LDAPServer
from twisted.internet import reactor, ssl
from twisted.internet.protocol import ServerFactory
from twisted.python.components import registerAdapter

LDIF = """\
dn: dc=group
objectClass: dcObject
dc: group

dn: cn=yihu,dc=group
objectClass: person
cn: yihu
userPassword: looking-only

dn: cn=zhang,dc=group
objectClass: person
cn: zhang
employeeNumber: LD0001
memberOf: cn=Yihu-Fillers,ou=groups,dc=group
memberOf: cn=everybody,ou=groups,dc=group
userPassword: directory-password

dn: cn=li,dc=group
objectClass: person
cn: li
employeeNumber: LD0003
userPassword: directory-password

dn: cn=twice,dc=group
objectClass: person
cn: twice
employeeNumber: LD0002
userPassword: directory-password

dn: cn=twice2,dc=group
objectClass: person
cn: twice2
employeeNumber: LD0002
userPassword: directory-password

"""


class Factory(ServerFactory):
    """Each connection speaks to the one tree."""

    protocol = LDAPServer

    def __init__(self, root: Any) -> None:
        self.root = root


def serve(plain: int, tls: int, certificate: str, key: str) -> None:
    """Listen on both ports until the process ends; says `ready` when it does."""
    registerAdapter(lambda factory: factory.root, Factory, IConnectedLDAPEntry)
    loading = fromLDIFFile(BytesIO(LDIF.encode()))

    def listen(root: Any) -> None:
        factory = Factory(root)
        reactor.listenTCP(plain, factory, interface="127.0.0.1")
        context = ssl.DefaultOpenSSLContextFactory(key, certificate)
        reactor.listenSSL(tls, factory, context, interface="127.0.0.1")
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    loading.addCallback(listen)
    reactor.run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
