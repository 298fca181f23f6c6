package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// writeCredentials writes the key that signs service accounts' tokens and the file of static
// tokens, and returns the administrator's token.
func writeCredentials(home string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(filepath.Join(home, "service-account.key"), text, 0o600); err != nil {
		return "", err
	}
	token := rand.Text()
	line := fmt.Sprintf("%s,admin,admin,system:masters\n", token)
	return token, os.WriteFile(filepath.Join(home, "tokens.csv"), []byte(line), 0o600)
}

// writeKubeconfig writes it as JSON, which is YAML too.
func writeKubeconfig(path, server, certificate string, user map[string]any) error {
	text, err := json.MarshalIndent(map[string]any{
		"apiVersion":      "v1",
		"kind":            "Config",
		"clusters":        named("cluster", map[string]any{"server": server, "certificate-authority": certificate}),
		"users":           named("user", user),
		"contexts":        named("context", map[string]any{"cluster": "test", "user": "test"}),
		"current-context": "test",
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func named(kind string, value map[string]any) []map[string]any {
	return []map[string]any{{"name": "test", kind: value}}
}
