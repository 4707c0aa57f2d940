package command

import (
	"strconv"
	"strings"
)

var wgetFlags = &flagSet{
	program: "wget", pairs: names("nc np nd nH nv"),
	bools: names(`4 6 b c d E F g h H K k L l N m np nc nd nH nv p q r S v V x
		spider server-response quiet verbose no-verbose continue debug help version no-check-certificate inet4-only inet6-only
		no-cache no-cookies no-dns-cache no-proxy background recursive no-clobber no-directories no-parent content-disposition
		https-only keep-session-cookies page-requisites convert-links mirror timestamping no-http-keep-alive show-progress
		no-hsts trust-server-names content-on-error retry-connrefused auth-no-challenge ignore-length`),
	values: names(`a A B D e I i o O P Q R t T U w X
		output-document output-file timeout dns-timeout connect-timeout read-timeout tries header user-agent referer method
		body-data body-file post-data post-file max-redirect user password http-user http-password wait waitretry limit-rate
		directory-prefix progress base bind-address prefer-family proxy-user proxy-password ca-certificate certificate
		private-key secure-protocol quota level accept reject start-pos execute append-output ca-directory`),
}

func parseWget(words []string) (*Request, error) {
	r := &Request{
		Program: ProgramWget, Protocol: TCP, FollowRedirects: true, MaxRedirects: 20, FailOnError: true,
		Line: Join(append([]string{"wget"}, words...)),
	}
	url, second, method := "", "", ""
	flag := func(name, value, written string) (err error) {
		switch name {
		case "spider":
			r.HeadOnly = true
		case "q", "quiet":
			r.Silent = true
		case "v", "verbose", "d", "debug", "S", "server-response":
			r.Verbose = true
		case "no-check-certificate":
			r.Insecure = true
		case "4", "inet4-only":
			r.IPFamily = 4
		case "6", "inet6-only":
			r.IPFamily = 6
		case "T", "timeout", "connect-timeout":
			r.ConnectTimeout, err = seconds(written, value)
		case "t", "tries":
			if value != "inf" {
				if r.Count, err = strconv.Atoi(value); err != nil || r.Count < 0 {
					return &Error{Word: written, Message: "write a number of tries"}
				}
			}
		case "header":
			return addHeader(r, value, written)
		case "U", "user-agent":
			r.Headers = append(r.Headers, Header{"User-Agent", value})
		case "referer":
			r.Headers = append(r.Headers, Header{"Referer", value})
		case "method":
			method = strings.ToUpper(value)
		case "post-data", "post-file":
			r.Body, method = true, "POST"
		case "body-data", "body-file":
			r.Body = true
		case "user", "http-user":
			r.User = value
		case "max-redirect":
			if r.MaxRedirects, err = strconv.Atoi(value); err != nil || r.MaxRedirects < 0 {
				return &Error{Word: written, Message: "write a number of redirects"}
			}
			r.FollowRedirects = r.MaxRedirects > 0
		case "bind-address", "i", "r", "recursive", "m", "mirror":
			r.NotModelled = append(r.NotModelled, written)
		default:
			r.IgnoredFlags = append(r.IgnoredFlags, written)
		}
		return err
	}
	err := wgetFlags.read(words, flag, func(w string) error {
		if url != "" {
			second = w
			return nil
		}
		url = w
		return nil
	})
	if err != nil {
		return nil, err
	}
	if url == "" {
		return nil, &Error{Message: "wget has no URL; write wget http://HOST/"}
	}
	if second != "" {
		return nil, &Error{Word: second, Message: "one URL at a time; give each its own line"}
	}
	if err := parseURL(r, url); err != nil {
		return nil, err
	}
	if r.Scheme != "http" && r.Scheme != "https" {
		return nil, &Error{Word: url, Message: "wget knows http and https here"}
	}
	r.Method = "GET"
	if r.HeadOnly {
		r.Method = "HEAD"
	}
	if method != "" {
		r.Method = method
	}
	finishHTTP(r)
	return r, nil
}
