package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// alphabet is that of Kubernetes' generated names (k8s.io/apimachinery pkg/util/rand): no vowels, so that no words
// appear, and no characters that are taken for each other.
const alphabet = "bcdfghjklmnpqrstvwxz2456789"

// suffix draws five characters that depend on the parts alone.
func suffix(parts ...any) string {
	n := draw(parts...)
	var b [5]byte
	for i := range b {
		b[i] = alphabet[n%uint64(len(alphabet))]
		n /= uint64(len(alphabet))
	}
	return string(b[:])
}

// draw is a number that depends on the parts alone.
func draw(parts ...any) uint64 {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q", fmt.Sprint(parts...))))
	return binary.BigEndian.Uint64(sum[:])
}

// generated is a name as the API server makes it from metadata.generateName: the base is cut so that the whole fits a
// DNS label (k8s.io/apiserver pkg/storage/names).
func generated(base, suffix string) string {
	const most = 63 - 5
	if len(base) > most {
		base = base[:most]
	}
	return base + suffix
}

// templateHash stands for pod-template-hash and controller-revision-hash: another value for every other template. The
// value is not the one a controller computes, which depends on how Go prints its structures.
func templateHash(t *corev1.PodTemplateSpec) string {
	text, err := json.Marshal(t)
	if err != nil { // a template holds nothing that JSON cannot write
		text = []byte(t.Name)
	}
	h := fnv.New32a()
	_, _ = h.Write(text)
	return rand.SafeEncodeString(strconv.FormatUint(uint64(h.Sum32()), 10))
}

// uidFor makes a UID from an object's place, marked as a hash of a name (RFC 9562, version 8).
func uidFor(ref cluster.Ref) types.UID {
	b := sha256.Sum256([]byte(strings.Join([]string{string(ref.Kind), ref.Namespace, ref.Name}, "\x00")))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return types.UID(fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16]))
}

func metaTime(t time.Time) metav1.Time { return metav1.NewTime(t.UTC().Truncate(time.Second)) }
