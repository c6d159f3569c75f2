/** How each platform is told to trust a CA. One program at a time first: that is what most need, and easily undone. */
export function howToTrust(file: string): string {
  const quoted = `"${file}"`
  return `The local CA is ${file}
It can vouch for localhost, 127.0.0.0/8, ::1, the names of the real service and those of --tls-name; for nothing else.

One program:
  curl      curl --cacert ${quoted} https://localhost:6331/healthz
  Node      NODE_EXTRA_CA_CERTS=${quoted} node client.js
  Python    REQUESTS_CA_BUNDLE=${quoted} python client.py     (requests; instead of the system's CAs)
            SSL_CERT_FILE=${quoted} python client.py          (ssl, urllib, httpx; instead of the system's CAs)
  Java      keytool -importcert -noprompt -alias mde-emulator -file ${quoted} -keystore mde.p12 -storetype PKCS12 -storepass changeit
            java -Djavax.net.ssl.trustStore=mde.p12 -Djavax.net.ssl.trustStorePassword=changeit ...     (instead of the JDK's CAs)
  Go, Ruby  SSL_CERT_FILE=${quoted}     (Go: on Linux; instead of the system's CAs)

The whole machine, and how to take it back:
  Debian, Ubuntu, Alpine   sudo cp ${quoted} /usr/local/share/ca-certificates/mde-emulator.crt && sudo update-ca-certificates
                           sudo rm /usr/local/share/ca-certificates/mde-emulator.crt && sudo update-ca-certificates --fresh
  Fedora, RHEL             sudo cp ${quoted} /etc/pki/ca-trust/source/anchors/mde-emulator.pem && sudo update-ca-trust
                           sudo rm /etc/pki/ca-trust/source/anchors/mde-emulator.pem && sudo update-ca-trust
  macOS                    security add-trusted-cert -p ssl -k ~/Library/Keychains/login.keychain-db ${quoted}
                           security remove-trusted-cert ${quoted}
  Windows                  certutil -user -addstore Root ${quoted}
                           powershell -c "Get-ChildItem Cert:\\CurrentUser\\Root | Where-Object Issuer -like '*O=mde-emulator*' | Remove-Item"

Browsers with their own list (Chromium and Chrome on Linux; Firefox: Settings, Certificates, Import; or its profile in the place of sql:...):
  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n mde-emulator -i ${quoted}
  certutil -d sql:$HOME/.pki/nssdb -D -n mde-emulator
`
}
