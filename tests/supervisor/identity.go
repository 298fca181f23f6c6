package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// identity is a server's certificate, with an authority of its own, and can change while it runs.
// An authority that is also the server's certificate is refused by some (rustls).
type identity struct {
	current atomic.Pointer[tls.Certificate]
}

func newIdentity() (*identity, error) {
	i := &identity{}
	return i, i.change()
}

func (i *identity) change() error {
	authorityKey, authority, err := newCertificate(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "authority of the tests' proxy"},
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}, nil, nil)
	if err != nil {
		return err
	}
	key, certificate, err := newCertificate(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "the tests' proxy"},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, authority, authorityKey)
	if err != nil {
		return err
	}
	chain := [][]byte{certificate.Raw, authority.Raw}
	i.current.Store(&tls.Certificate{Certificate: chain, PrivateKey: key})
	return nil
}

// newCertificate signs the template by its own key if there is no parent.
func newCertificate(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100)); err != nil {
		return nil, nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(24 * time.Hour)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return key, certificate, err
}

// authority is what a client has to trust, as PEM.
func (i *identity) authority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.current.Load().Certificate[1]})
}

func (i *identity) config() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return i.current.Load(), nil
		},
		// Who resumes a session does not look at the certificate again.
		SessionTicketsDisabled: true,
	}
}
