// The requests of the embedded worlds that together meet every kind of step, and some more that end in another way.

export const walks = [
  { world: "tour", from: "pod/default/toolbox", command: "curl http://web/" },
  { world: "tour", from: "internet/user", command: "curl http://shop.test/" },
  { world: "tour", from: "pod/default/toolbox", command: "curl http://203.0.113.50:8000/" },
  { world: "ckad@3", from: "lan/laptop", command: "curl nginx-app.demo" },
  { world: "tour", from: "lan/laptop", command: "curl http://10.96.9.31/" },
  { world: "tour", from: "pod/default/toolbox", command: "curl http://pay/" },
  { world: "lab/mistakes", from: "lan/laptop", command: "curl http://172.20.128.5:30081" },
  { world: "ckad/calico", from: "", command: "kubectl exec -it busybox -- wget --spider --timeout=1 nginx" },
  { world: "tour", from: "internet/user", command: "curl http://shop.test/nothing -H 'Host: other.test'" },
  {
    world: "tour",
    from: "",
    command: "kubectl run client --image=alpine/curl -it --rm --restart=Never --command -- curl http://web/",
  },
];
