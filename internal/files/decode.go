package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	kjson "sigs.k8s.io/json"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/simulate"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Decode reads the objects and Surroundings of one file's content; name stands for the file in problems. Documents that
// do not parse, or that the API server would refuse, are left out with a Problem of severity Error; the others are
// returned all the same. Surroundings is nil where there are none.
func Decode(name string, data []byte) ([]cluster.Object, *surroundings.Surroundings, []Problem) {
	d := decoder{}
	if len(data) > MaxFile {
		d.problems = append(d.problems, Problem{Severity: Error, File: name, Text: fmt.Sprintf("%d bytes are more than the %d that are read", len(data), MaxFile)})
		return nil, nil, d.problems
	}
	for _, doc := range split(name, data) {
		d.document(doc)
	}
	return d.objects, d.around, d.problems
}

type decoder struct {
	objects  []cluster.Object
	around   *surroundings.Surroundings
	problems []Problem
}

func (d *decoder) document(doc document) {
	report := func(line int, format string, args ...any) {
		d.problems = append(d.problems, Problem{Severity: Error, File: doc.file, Line: line, Document: doc.number, Text: fmt.Sprintf(format, args...)})
	}
	text, err := yaml.YAMLToJSONStrict(doc.text)
	if err != nil {
		line, message := yamlError(err, doc.line)
		if strings.Contains(string(doc.text), "{{") {
			message = "this is a Helm template, not YAML: give the output of helm template instead (" + message + ")"
		}
		report(line, "%s", message)
		return
	}
	var head struct {
		metav1.TypeMeta `json:",inline"`
		Items           []json.RawMessage `json:"items"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &head); err != nil {
		report(doc.line, "a document must be an object with apiVersion and kind")
		return
	}
	at := &place{doc: doc}
	switch {
	case head.Kind == surroundings.Kind:
		d.surroundings(doc)
	case strings.HasSuffix(head.Kind, "List") && head.Items != nil:
		for i, item := range head.Items {
			var meta metav1.TypeMeta
			if json.Unmarshal(item, &meta) == nil && meta.Kind == "" { // a typed list's items may leave it out
				meta.Kind, meta.APIVersion = strings.TrimSuffix(head.Kind, "List"), head.APIVersion
			}
			d.object(at.in(fmt.Sprintf("items[%d]", i)), meta, item)
		}
	default:
		d.object(at, head.TypeMeta, text)
	}
}

func (d *decoder) surroundings(doc document) {
	s, err := surroundings.DecodeDocument(doc.file, doc.line, doc.text)
	if err != nil {
		for _, e := range unjoin(err) {
			var p surroundings.Problem
			if errors.As(e, &p) {
				d.problems = append(d.problems, Problem{Severity: Error, File: p.File, Line: p.Line, Document: doc.number, Object: surroundings.Kind, Field: p.Field, Text: p.Text})
			} else {
				d.problems = append(d.problems, Problem{Severity: Error, File: doc.file, Line: doc.line, Document: doc.number, Object: surroundings.Kind, Text: e.Error()})
			}
		}
		return
	}
	if d.around == nil {
		d.around = &surroundings.Surroundings{}
	}
	d.around.Merge(s)
}

func unjoin(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

// object decodes one object. Unknown fields are warnings: a cluster of another version may know them, and a misspelt one
// is worth saying. A wrong type makes the object unreadable.
func (d *decoder) object(at *place, meta metav1.TypeMeta, text []byte) {
	if meta.Kind == "" || meta.APIVersion == "" {
		d.problems = append(d.problems, at.problem(Error, "", "", "apiVersion and kind are needed to know what this is"))
		return
	}
	into, known := newObject(meta)
	if !known {
		d.problems = append(d.problems, at.problem(Note, meta.Kind, "kind", fmt.Sprintf("%s %s is not read", meta.APIVersion, meta.Kind)))
		return
	}
	if into == nil {
		d.problems = append(d.problems, at.problem(Error, meta.Kind, "apiVersion", fmt.Sprintf("%s is no version of %s that is served any more; use %s", meta.APIVersion, meta.Kind, servedAs(meta.Kind))))
		return
	}
	strict, err := kjson.UnmarshalStrict(text, into)
	name := describe(meta.Kind, into)
	if err != nil {
		field, message := typeError(err)
		d.problems = append(d.problems, at.problem(Error, name, field, message))
		return
	}
	for _, s := range strict {
		if meta.Kind == string(cluster.KindCRD) {
			break // only its metadata is read
		}
		field, message := strictError(s)
		if failsClosed(meta.Kind, field) {
			message = strings.Replace(message, "it has no effect", "where nothing else is named, a rule with it fails closed", 1)
		}
		d.problems = append(d.problems, at.problem(Warning, name, field, message))
	}
	if crd, ok := into.(*metav1.PartialObjectMetadata); ok {
		crd.TypeMeta = meta
	}
	refused := validate(into)
	for _, r := range refused {
		severity := Error
		if r.minor {
			severity = Warning
		}
		d.problems = append(d.problems, at.problem(severity, name, r.field, r.text))
	}
	if !refused.takes() {
		return
	}
	//lint:ignore SA1019 what people write by hand is still often Endpoints
	if ep, ok := into.(*corev1.Endpoints); ok {
		for _, slice := range simulate.Mirror(ep) {
			d.objects = append(d.objects, slice)
		}
		return
	}
	d.objects = append(d.objects, into)
}

// newObject makes an empty object of a kind; known is false for kinds that are not kept, and the object nil for versions
// of them that are not read.
func newObject(meta metav1.TypeMeta) (o cluster.Object, known bool) {
	if meta.Kind == "Endpoints" && meta.APIVersion == "v1" { // not kept, but a controller makes slices of them
		//lint:ignore SA1019 what people write by hand is still often Endpoints
		return &corev1.Endpoints{}, true
	}
	r, ok := cluster.ResourceOf(cluster.Kind(meta.Kind))
	if !ok {
		return nil, false
	}
	if group, version, _ := strings.Cut(meta.APIVersion, "/"); r.Group.String() != meta.APIVersion && !(group == r.Group.Group && slices.Contains(r.Older, version)) {
		// The same kind name of another group is another kind (networking.istio.io has a Service of its own, say).
		return nil, group == r.Group.Group || group == "extensions" || r.Group.Group == "" && !strings.Contains(meta.APIVersion, "/")
	}
	switch r.Kind {
	case cluster.KindNamespace:
		return &corev1.Namespace{}, true
	case cluster.KindNode:
		return &corev1.Node{}, true
	case cluster.KindPod:
		return &corev1.Pod{}, true
	case cluster.KindService:
		return &corev1.Service{}, true
	case cluster.KindEndpointSlice:
		return &discoveryv1.EndpointSlice{}, true
	case cluster.KindIngress:
		return &networkingv1.Ingress{}, true
	case cluster.KindIngressClass:
		return &networkingv1.IngressClass{}, true
	case cluster.KindNetworkPolicy:
		return &networkingv1.NetworkPolicy{}, true
	case cluster.KindServiceCIDR:
		return &networkingv1.ServiceCIDR{}, true
	case cluster.KindConfigMap:
		return &corev1.ConfigMap{}, true
	case cluster.KindDeployment:
		return &appsv1.Deployment{}, true
	case cluster.KindReplicaSet:
		return &appsv1.ReplicaSet{}, true
	case cluster.KindStatefulSet:
		return &appsv1.StatefulSet{}, true
	case cluster.KindDaemonSet:
		return &appsv1.DaemonSet{}, true
	case cluster.KindJob:
		return &batchv1.Job{}, true
	case cluster.KindGatewayClass:
		return &gatewayv1.GatewayClass{}, true
	case cluster.KindGateway:
		return &gatewayv1.Gateway{}, true
	case cluster.KindHTTPRoute:
		return &gatewayv1.HTTPRoute{}, true
	case cluster.KindGRPCRoute:
		return &gatewayv1.GRPCRoute{}, true
	case cluster.KindReferenceGrant:
		return &gatewayv1.ReferenceGrant{}, true
	case cluster.KindAdminNetworkPolicy:
		return &policyv1alpha1.AdminNetworkPolicy{}, true
	case cluster.KindBaselineAdminNetworkPolicy:
		return &policyv1alpha1.BaselineAdminNetworkPolicy{}, true
	case cluster.KindClusterNetworkPolicy:
		return &policyv1alpha2.ClusterNetworkPolicy{}, true
	case cluster.KindCRD:
		return &metav1.PartialObjectMetadata{}, true
	}
	return nil, false
}

func servedAs(kind string) string {
	r, _ := cluster.ResourceOf(cluster.Kind(kind))
	return r.Group.String()
}

func describe(kind string, o metav1.Object) string {
	switch {
	case o.GetName() == "":
		return kind
	case o.GetNamespace() == "":
		return kind + " " + o.GetName()
	}
	return kind + " " + o.GetNamespace() + "/" + o.GetName()
}

var yamlLine = regexp.MustCompile(`^(?:error converting YAML to JSON: )?yaml: (?:unmarshal errors:\s*)?(?:line (\d+): )?`)

// yamlError takes the line out of a YAML error's text, where the parser puts it, and counts it within the file.
func yamlError(err error, first int) (line int, message string) {
	text := err.Error()
	line = first
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = first + n - 1
		}
	}
	return line, text
}

var (
	typeErrorText   = regexp.MustCompile(`cannot unmarshal (\S+)(?: [^ ]+)? into Go struct field \w*\.(\S+) of type (\S+)`)
	strictErrorText = regexp.MustCompile(`^(unknown|duplicate) field "(.*)"$`)
)

func typeError(err error) (field, message string) {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Type != nil && wrong.Type.Kind() == reflect.String { // Gateway API has types for texts
		return yamlField(wrong.Field), fmt.Sprintf("must be %s, not %s", wanted("string"), article(strings.SplitN(wrong.Value, " ", 2)[0]))
	}
	if m := typeErrorText.FindStringSubmatch(err.Error()); m != nil {
		return yamlField(m[2]), fmt.Sprintf("must be %s, not %s", wanted(m[3]), article(m[1]))
	}
	return "", strings.TrimPrefix(err.Error(), "json: ")
}

// yamlField takes the names of embedded Go types out of a path of fields; those of YAML begin with small letters.
func yamlField(path string) string {
	parts := slices.DeleteFunc(strings.Split(path, "."), func(p string) bool { return p != "" && p[0] >= 'A' && p[0] <= 'Z' })
	return strings.Join(parts, ".")
}

func strictError(err error) (field, message string) {
	if m := strictErrorText.FindStringSubmatch(err.Error()); m != nil {
		return m[2], m[1] + " field; it has no effect"
	}
	return "", err.Error()
}

// failsClosed reports whether an unknown field stands where rules of the whole cluster's policies name a peer or a port:
// what names nothing that is known matches nobody in a rule that admits, and everybody in one that denies
// (network-policy-api apis/v1alpha2, ClusterNetworkPolicyEgressPeer).
func failsClosed(kind, field string) bool {
	switch cluster.Kind(kind) {
	case cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy, cluster.KindClusterNetworkPolicy:
		return closedField.MatchString(field)
	}
	return false
}

var closedField = regexp.MustCompile(`\.(from|to|ports|protocols)\[\d+\]\.\w+$`)

// wanted says a Go type in the words of somebody who writes YAML.
func wanted(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map["):
		return "a mapping of names to texts"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "a number"
	case goType == "bool":
		return "true or false"
	case goType == "string":
		return "a text (in quotes, where it looks like a number)"
	}
	_, name, _ := strings.Cut(goType, ".")
	return "a mapping (" + name + ")"
}

func article(jsonType string) string {
	switch jsonType {
	case "object":
		return "a mapping"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	}
	return "a " + jsonType
}
